// Makes verdicts of suspects: reads them in sandwiches around barriers until each is in flight,
// drift or unknown.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/api/barrier.h"
#include "probes/api/cluster.h"
#include "verifier/confirm/sandwich.h"
#include "verifier/confirm/ttl_edges.h"
#include "verifier/scan/governor.h"

namespace twinwatch {

// Both sides of a table as whole rows are read: no time range.
struct ConfirmSides {
  Cluster* source = nullptr;
  ScanSpec source_scan;
  Cluster* target = nullptr;
  ScanSpec target_scan;
  TtlEdges edges;
  Governor* governor = nullptr;
};

struct ConfirmBarriers {
  Barrier* forward = nullptr;
  Barrier* backward = nullptr;  // of a pair that replicates both ways; else null
};

struct ConfirmOptions {
  absl::Duration barrier_timeout = absl::Minutes(10);
  absl::Duration between = absl::Seconds(2);  // two sandwiches, at least
  int max_turns = 6;
  size_t max_bytes = size_t{4} << 20;  // of prints, each of three looks
};

struct ConfirmedRow {
  std::string_view row;
  ConfirmedDrift drift;
  BarrierKind confirmed_by = BarrierKind::kHeartbeats;  // the weaker of both sandwiches
  absl::Time at;
};

class ConfirmObserver {
 public:
  virtual ~ConfirmObserver() = default;
  virtual void OnDrift(const ConfirmedRow& row) = 0;
  virtual void OnUnknown(std::string_view row, std::string_view why) = 0;
  // For what it waits; every now and then.
  virtual void OnWait(std::string_view what) = 0;
};

// The suspects of some key ranges.
struct ConfirmBatch {
  std::vector<KeyRange> spans;
  std::function<bool(std::string_view row)> contains;
};

// Never says of a row that it is the same or drift unless a barrier has passed. Rows of which the
// observer is not told were in flight. Returns the ranges that were put off because the memory was
// used up: another batch, with the same `contains`.
//
// An error says that nothing is known of any row of the batch: it could not be read, or the first
// barrier failed. What fails later makes the rows that were left unknown, and is told with each.
Task<StatusOr<std::vector<KeyRange>>> ConfirmSuspects(ConfirmSides sides, ConfirmBarriers barriers,
                                                      ConfirmBatch batch, ConfirmOptions options,
                                                      ConfirmObserver* observer);

}  // namespace twinwatch
