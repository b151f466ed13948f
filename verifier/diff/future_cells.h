// Cells and delete markers of a table whose timestamps lie in the future, as plain values. Whatever
// is written to their columns with the time of the writing stays hidden behind them until then.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

namespace twinwatch {

// Of one row the cell, or the marker, that lies furthest ahead.
struct FutureRow {
  std::string row;
  std::string family;
  uint64_t timestamp_ms = 0;
  bool is_marker = false;

  bool operator==(const FutureRow&) const = default;
};

struct FutureCells {
  uint64_t cells = 0;
  uint64_t markers = 0;
  bool at_least = false;     // there may be more: the count was bounded, or broken off by an error
  uint64_t furthest_ms = 0;  // of all that were counted; 0: none were
  std::vector<FutureRow> rows;  // the first few, in key order
  absl::Time as_of;

  bool operator==(const FutureCells&) const = default;

  uint64_t Sum() const { return cells + markers; }
  // Whether some of them hide what is written at `now`. Time passes, and with it what was found,
  // but not what was left uncounted.
  bool HidesAt(absl::Time now) const { return Sum() > 0 && (at_least || FurthestAt() > now); }
  // Time stamps reach further than RFC 3339 does: the end of the year 9999 is that, or later.
  absl::Time FurthestAt() const;
};

// As FurthestAt.
absl::Time TimeOfCell(uint64_t timestamp_ms);

}  // namespace twinwatch
