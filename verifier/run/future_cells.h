// Looks for cells and delete markers whose timestamps lie in the future. A raw scan of what is
// younger than now: region servers leave out every file that holds nothing so young, so that it
// costs little where there is nothing to be found.
//
// HBase's time ranges end before the largest timestamp that there is (INT64_MAX). Servers replace
// that one by their own clock when it is written, and so do HBase's bulk loads; a cell that bears
// it, in a file made by other means, is not found.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/status.h"
#include "probes/api/cluster.h"
#include "verifier/diff/future_cells.h"
#include "verifier/scan/governor.h"

namespace twinwatch {

// What lies this far ahead, or further, is of the future: less may be clocks that differ.
inline constexpr absl::Duration kFutureMargin = absl::Minutes(1);

inline constexpr uint64_t kMostFutureCells = 10'000;
inline constexpr size_t kMostFutureRows = 10;

// Counts what it is shown. Pure: the time is passed in with each piece, because a scan may wait for
// hours, and what is written meanwhile is younger than its beginning, and of no future.
class FutureCount {
 public:
  explicit FutureCount(uint64_t most) : most_(most) {}

  // The pieces of a scan in their order. `now` is no earlier than when their servers answered.
  void Add(const RowPiece& piece, std::span<const CellView> cells, absl::Time now);
  // More than it counts: nothing needs to be added any more.
  bool is_full() const { return is_full_; }
  // All of it; `at_least` when it is full.
  FutureCells Take();

 private:
  struct Row {
    uint64_t cells = 0;
    uint64_t markers = 0;
    FutureRow furthest;
  };

  void EndRow();

  uint64_t most_;
  bool is_full_ = false;
  FutureCells found_;
  std::optional<Row> open_;  // whose last piece has not come; void when another row starts
};

struct FutureScan {
  Cluster* cluster = nullptr;
  TableName table;
  KeyRange range;
  std::vector<std::string> families;
  uint64_t most = kMostFutureCells;
};

// Cluster and governor must outlive it. What could not be read makes it an error, unless something
// was found before: that is told, as the least that there is.
Task<StatusOr<FutureCells>> FindFutureCells(FutureScan scan, Governor* governor,
                                            std::function<absl::Time()> clock);

}  // namespace twinwatch
