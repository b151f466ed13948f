// `position` and `position+heartbeat`: every queue of the peer has passed the lengths that its WALs
// had when the barrier was begun.
#pragma once

#include <memory>

#include "probes/replication/heartbeat_writer.h"
#include "probes/replication/replication_barrier.h"

namespace twinwatch {

// Without `writer` it reads only. With it a beat goes to each live server first, which syncs what
// ASYNC_WAL writers left in memory, and again each second, which keeps idle readers awake; its pass
// is `position+heartbeat` when every live server was reached and writes to one WAL group.
std::unique_ptr<Barrier> NewPositionBarrier(BarrierParts parts,
                                            std::shared_ptr<HeartbeatWriter> writer);

}  // namespace twinwatch
