// For a barrier that waits for heartbeats: what must not change meanwhile, and what dead servers
// have left, which must be gone before the first beat.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "probes/api/cluster.h"
#include "probes/replication/heartbeat.h"
#include "probes/replication/rules/closed_watch.h"

namespace twinwatch {

struct SourceLook {
  HeartbeatEpoch epoch;
  std::string left_behind;  // by dead servers, and not shipped, for people; empty: nothing
};

class SourceEpochs {
 public:
  virtual ~SourceEpochs() = default;

  // What was seen of the peer so far counts no more.
  virtual void Begin() = 0;
  // Begins when it is called. kFailedPrecondition: nothing can pass now, the peer is disabled or
  // gone, or not the same.
  virtual Task<StatusOr<SourceLook>> Look() = 0;
};

// By the queues in ZooKeeper.
std::unique_ptr<SourceEpochs> NewQueueEpochs(Cluster* source, std::string peer_id);

// Where these are closed to us: by what the master says (rules/closed_watch.h). A look waits until
// the master, if it is slow, may be asked again.
std::unique_ptr<SourceEpochs> NewMasterEpochs(Cluster* source, std::string peer_id,
                                              std::optional<ClosedMembers> members);

}  // namespace twinwatch
