// The queues of a peer where ZooKeeper is closed to us, as HBase 2.4 and later report them: how
// many WALs wait, and nothing that could be proven. No I/O.
#pragma once

#include <vector>

#include "probes/replication/link_reading.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// All are unknown, or disabled. Those of dead servers that nobody has claimed are not among them,
// and HBase 2.4 leaves recovered ones out.
std::vector<QueueStatus> QueuesAsReported(const LinkReading& reading);

}  // namespace twinwatch
