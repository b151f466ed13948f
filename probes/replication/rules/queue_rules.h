// Two looks at a peer's queues, and what they say of each. No I/O; no thresholds on amounts.
//
// As long as the lengths of WALs are not read, bytes are absent, and a queue that stands still is
// unknown: a WAL of which nothing was shipped yet looks like one that holds only its header.
#pragma once

#include <string>
#include <vector>

#include "probes/api/replication.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// One entry for each WAL group of each queue in `after`.
std::vector<QueueStatus> JudgeQueues(const QueueReading& before, const QueueReading& after,
                                     bool peer_enabled);

}  // namespace twinwatch
