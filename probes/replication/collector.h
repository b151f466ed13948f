// One look at a link's queues through the Cluster interface, and what two looks say.
#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/api/wal_files.h"
#include "probes/replication/link_reading.h"
#include "probes/replication/link_status.h"
#include "probes/replication/rules/queue_history.h"

namespace twinwatch {

// Each once.
std::vector<std::string> QueuedNames(const QueueReading& queues);

// The lengths of these WALs, asked for in this order. What was not learnt within `patience` is not
// known.
Task<WalLengths> MeasureAll(WalFiles* wals, std::vector<std::string> names,
                            std::chrono::milliseconds patience);

// kNotFound when the peer is gone. `wals` may be null: the lengths are not known then. Lengths that
// cannot be learnt are errors in the reading, not of it. Queues that ZooKeeper does not let us read
// are as the master reports them.
Task<StatusOr<LinkReading>> ReadLink(Cluster* source, WalFiles* wals, std::string peer_id);

// Everything but the names of the link and its clusters. `sleep_for_retries` is the source's
// replication.source.sleepforretries.
LinkStatus JudgeReadings(const LinkReading& before, const LinkReading& after,
                         const std::string& peer_id, absl::Duration sleep_for_retries);

// The same of a link that is watched. `before` is an earlier reading than the history's last one,
// and tells WALs that are missing from those that were moved while they were looked for.
LinkStatus JudgeWatched(const QueueHistory& history, const LinkReading& before,
                        const std::string& peer_id, absl::Duration longest_rest);

}  // namespace twinwatch
