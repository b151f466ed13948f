// Proof that everything the source had written by some moment is on the target.
#pragma once

#include <absl/time/time.h>

#include <string_view>

#include "agent/core/status.h"
#include "probes/api/async.h"

namespace twinwatch {

// The strongest first.
enum class BarrierKind {
  kPositionAndHeartbeat,  // positions, after a SYNC_WAL write on every source server
  kPosition,              // positions alone: blind for ASYNC_WAL edits that were not synced yet
  kHeartbeats,            // two rounds of heartbeats, where the lengths of WALs cannot be read
};

// As users meet it: position+heartbeat, position, heartbeats.
constexpr std::string_view ToString(BarrierKind kind) {
  switch (kind) {
    case BarrierKind::kPositionAndHeartbeat:
      return "position+heartbeat";
    case BarrierKind::kPosition:
      return "position";
    case BarrierKind::kHeartbeats:
      break;
  }
  return "heartbeats";
}

struct BarrierPass {
  BarrierKind kind = BarrierKind::kHeartbeats;
  absl::Time begun;   // what was written on the source before this ...
  absl::Time passed;  // ... was on the target by then
};

class Barrier {
 public:
  virtual ~Barrier() = default;

  // The kind that a Pass is expected to have. A Pass may turn out weaker (a server with several WAL
  // groups, a server without a region of the heartbeat table), and says so.
  virtual BarrierKind kind() const = 0;

  // Begins when it is called. Errors: kDeadlineExceeded (it did not come in time; the message says
  // what held it back), kFailedPrecondition (it cannot come: the peer is disabled or gone, a source
  // is broken). After an error nothing is known of what is on the target.
  virtual Task<StatusOr<BarrierPass>> Pass(Deadline deadline) = 0;
};

}  // namespace twinwatch
