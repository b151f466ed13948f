// `heartbeats`: for clusters whose WAL lengths cannot be read. When a round of beats was seen on
// the target, and a second one that was written after that, the first one's batches are whole, and
// with them all that was written before.
//
// One round alone proves nothing: a batch is split by region into calls that run side by side, and
// the beat may overtake rows of its own batch.
#pragma once

#include <memory>

#include "probes/replication/heartbeat_writer.h"
#include "probes/replication/replication_barrier.h"
#include "probes/replication/source_epochs.h"

namespace twinwatch {

// Begins anew whenever something happened that may have made sources begin anew: a server started
// or ended, the peer changed, queues came or went, a position went back.
std::unique_ptr<Barrier> NewHeartbeatsBarrier(BarrierParts parts,
                                              std::unique_ptr<SourceEpochs> epochs,
                                              std::shared_ptr<HeartbeatWriter> writer);

}  // namespace twinwatch
