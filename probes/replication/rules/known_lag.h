// How far the target is behind the source, as successive readings of a link prove it: what was in
// the WALs at an earlier reading and is not shipped yet is at least as old as that reading. No I/O,
// no clock.
//
// It never says too much: it may be short by the time between two readings, and by a sixteenth of
// itself. It begins with the first reading, whatever waited before. What stands still while nothing
// is known of it (a disabled peer, a source that is broken) is no lag, but unknown.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <vector>

#include "probes/replication/link_reading.h"
#include "probes/replication/rules/barrier_goal.h"

namespace twinwatch {

class KnownLag {
 public:
  // Readings of one peer, in the order in which they were made.
  void Learn(const LinkReading& reading);

  // At the latest reading. 0: nothing waits, or only what came since the reading before. None: not
  // known.
  std::optional<absl::Duration> AtLeast() const;

 private:
  struct Waiting {
    BarrierGoal goal;
    absl::Time written_by;
  };

  void Thin();

  std::vector<Waiting> waiting_;  // oldest first
  std::optional<absl::Time> learnt_at_;
};

}  // namespace twinwatch
