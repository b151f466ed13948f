// Which pass over a link's tables is due next. No I/O, no clock.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <vector>

#include "agent/core/table_name.h"

namespace twinwatch::app {

struct VerifiedMarks {
  std::optional<absl::Time> writes_verified_until;
  std::optional<absl::Time> full_pass_at;
};

struct DuePass {
  enum class Kind { kNone, kFull, kIncremental };

  Kind kind = Kind::kNone;
  std::vector<TableName> tables;  // of an incremental pass
  absl::Time since;               // what was written from then on is compared
  absl::Duration wait;            // with kNone: when to ask again
};

// How far before a mark an incremental pass begins: the clocks of two servers may differ, and a
// write may become visible some time after its timestamp was given.
inline constexpr absl::Duration kBeforeMark = absl::Seconds(90);

// A full pass when some table had none within half of `freshness`: one that fails can be tried
// again before the freshness is over; never before `full_not_before`. Else an incremental one when
// `interval` has gone by since the last.
DuePass NextDue(const std::map<TableName, VerifiedMarks>& tables, absl::Duration freshness,
                absl::Duration interval, absl::Time last_incremental, absl::Time full_not_before,
                absl::Time now);

}  // namespace twinwatch::app
