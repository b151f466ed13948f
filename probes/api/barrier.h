// Proof that everything the source had written by some moment is on the target.
#pragma once

#include <absl/time/time.h>

#include "agent/core/status.h"
#include "probes/api/async.h"
#include "probes/api/barrier_kind.h"

namespace twinwatch {

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
