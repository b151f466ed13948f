// One look at a link's queues through the Cluster interface, and what two looks say.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "probes/api/cluster.h"
#include "probes/api/wal_files.h"
#include "probes/replication/link_reading.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// kNotFound when the peer is gone. `wals` may be null: the lengths are not known then. Lengths that
// cannot be learnt are errors in the reading, not of it.
Task<StatusOr<LinkReading>> ReadLink(Cluster* source, WalFiles* wals, std::string peer_id);

// Everything but the names of the link and its clusters. `sleep_for_retries` is the source's
// replication.source.sleepforretries.
LinkStatus JudgeReadings(const LinkReading& before, const LinkReading& after,
                         const std::string& peer_id, absl::Duration sleep_for_retries);

}  // namespace twinwatch
