// Reads the suspects of some key ranges on one side, as prints.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "verifier/confirm/row_print.h"
#include "verifier/confirm/ttl_edges.h"
#include "verifier/scan/governor.h"

namespace twinwatch {

using RowPrints = std::map<std::string, RowPrint, std::less<>>;

struct PrintsRequest {
  Cluster* cluster = nullptr;
  ScanSpec scan;  // its range is not used
  std::vector<KeyRange> spans;
  std::function<bool(std::string_view row)> wanted;
  TtlEdges edges;
  Governor* governor = nullptr;  // null: as fast as it goes
  size_t max_bytes = size_t{4} << 20;
};

struct PrintsRead {
  RowPrints rows;  // those that are there and wanted
  // Reading ended before this row, because max_bytes were used up. At least one row was read.
  std::optional<std::string> stopped_before;
};

Task<StatusOr<PrintsRead>> ReadPrints(PrintsRequest request);

}  // namespace twinwatch
