// The merge walk: one key range, both sides at once, row by row.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "probes/api/cluster.h"
#include "verifier/confirm/ttl_edges.h"
#include "verifier/diff/row_comparison.h"
#include "verifier/digest/digest.h"
#include "verifier/scan/pacer.h"

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

// Both sides of a table, as they are scanned.
struct TablePair {
  Cluster* source = nullptr;
  Cluster* target = nullptr;
  TableName source_table;
  TableName target_table;
  std::vector<std::string> families;
  uint32_t max_versions = 1;
  TtlEdges edges;  // for the judgement of suspects; the first look does not care

  ScanSpec SourceScan(KeyRange range) const;
  ScanSpec TargetScan(KeyRange range) const;
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
};

// Rows of one side that vanish while they are read count as not there. An error leaves the range
// unverified; what was told to the observer before still stands.
Task<StatusOr<RangeDone>> CompareRange(TablePair pair, KeyRange range, ClassOf class_of,
                                       Pacer* pacer, CompareObserver* observer);

}  // namespace twinwatch
