// The merge walk: one key range, both sides at once, row by row, in one view of the table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "probes/api/cluster.h"
#include "verifier/confirm/ttl_edges.h"
#include "verifier/diff/row_comparison.h"
#include "verifier/digest/digest.h"
#include "verifier/scan/governor.h"

namespace twinwatch {

// A row that differs now.
struct RowDifference {
  std::string_view row;
  // None when it is wide and was only digested (ClassOf::kNarrowRows).
  std::optional<DriftClass> drift_class;
  TimestampSpan differing;
  uint64_t rows_before = 0;  // rows compared in this range before it
};

// Whether the class of wide rows that differ is wanted: they must be read again for it.
enum class ClassOf { kNarrowRows, kAllRows };

// What is read of each row.
enum class View {
  kWhole,   // what a reader sees
  kWindow,  // of that the cells written in [since_ms, until_ms)
  kRaw,     // the delete markers that are stored; with since_ms or until_ms in that window
};

// Both sides of a table, and what of it is compared.
struct TablePair {
  Cluster* source = nullptr;
  Cluster* target = nullptr;
  TableName source_table;
  TableName target_table;
  std::vector<std::string> families;
  uint32_t max_versions = 1;
  bool keys_only = false;  // no values
  bool raw = false;        // rows of which only delete markers differ are `marks`
  // Only rows with a cell written in [since_ms, until_ms) on either side, but those as a whole.
  uint64_t since_ms = 0;
  std::optional<uint64_t> until_ms;
  size_t batch_bytes = ScanSpec().batch_bytes;
  TtlEdges edges;  // for the judgement of suspects; the first look does not care

  bool HasWindow() const { return since_ms > 0 || until_ms.has_value(); }
  ScanSpec SourceScan(KeyRange range, View view = View::kWhole) const;
  ScanSpec TargetScan(KeyRange range, View view = View::kWhole) const;
};

struct RangeDone {
  RangeDigest source;
  RangeDigest target;
  // Where to go on when `on_difference` asked to stop.
  std::optional<std::string> stopped_at;
};

class CompareObserver {
 public:
  virtual ~CompareObserver() = default;
  // False stops the walk behind this row.
  virtual bool OnDifference(const RowDifference& difference) = 0;
  // The walk stands at `row`, and has compared so many rows and bytes since the last call.
  virtual void OnProgress(std::string_view row, uint64_t rows, uint64_t bytes) = 0;
  // Every now and then, and before an error is returned: all rows before `next_row` were compared
  // and told of; `so_far` counts them. False stops the walk there.
  virtual bool OnCompared(std::string_view /*next_row*/, const RangeDone& /*so_far*/) {
    return true;
  }
};

// In the raw view every difference is one of markers, and told as `marks`; rows and cells are not
// counted. Rows of one side that vanish while they are read count as not there. An error leaves the
// range unverified; what was told to the observer before still stands.
Task<StatusOr<RangeDone>> WalkRange(TablePair pair, View view, KeyRange range, ClassOf class_of,
                                    Governor* governor, CompareObserver* observer);

}  // namespace twinwatch
