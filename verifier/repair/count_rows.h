// Counts rows and bytes of key ranges, as the planning of copied ranges needs them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"

namespace twinwatch {

// What is counted: a table of one side, some families, cells in [since, until).
struct CountedCells {
  Cluster* cluster = nullptr;
  TableName table;
  std::vector<std::string> families;
  uint64_t since_ms = 0;
  std::optional<uint64_t> until_ms;
};

// As rows_before of ChooseEngines: how many rows lie between each of `rows` (sorted) and the one
// before it; 0 for the first. A gap is not counted past `gap_limit`, and nothing past `budget` rows
// altogether: gaps that were not counted to their end are kNeverBridged.
Task<StatusOr<std::vector<uint64_t>>> CountBetween(CountedCells cells,
                                                   std::vector<std::string> rows,
                                                   uint64_t gap_limit, uint64_t budget);

struct RangeSize {
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

// What a reader sees, up to `versions` of each column.
Task<StatusOr<RangeSize>> MeasureRange(CountedCells cells, KeyRange range, uint32_t versions);

struct StoredSize {
  uint64_t bytes = 0;
  // The first row with a cell that has a TTL of its own, an ACL or a visibility label.
  std::optional<std::string> tagged_row;
};

// What lies there, delete markers and hidden cells too.
Task<StatusOr<StoredSize>> MeasureStored(CountedCells cells, KeyRange range);

}  // namespace twinwatch
