// Which tables of the source a peer replicates, and whether the target can take them. No I/O.
//
// A table or family that the target lacks is more than a table that is not replicated: it holds up
// everything behind it in the queue.
#pragma once

#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/api/replication.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// `source` and `target` are all tables of both sides.
TableCounts CountTables(const Peer& peer, const std::vector<TableDescriptor>& source,
                        const std::vector<TableDescriptor>& target);

}  // namespace twinwatch
