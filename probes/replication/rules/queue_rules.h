// Two looks at a peer's queues, and what they say of each. No I/O; no thresholds on amounts.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/replication/link_reading.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// One entry for each WAL group of each queue in `after`. Bytes are absent when a length that they
// need is; a queue that stands still is unknown then: a WAL of which nothing was shipped yet looks
// like one that holds only its header.
std::vector<QueueStatus> JudgeQueues(const LinkReading& before, const LinkReading& after,
                                     absl::Duration sleep_for_retries);

// None when one of them has none, or there are none.
std::optional<uint64_t> SumOfBytes(const std::vector<QueueStatus>& queues);

// The queued WALs that were in none of their folders, twice: what was shipped and cleaned away
// while it was looked for is not in the second reading's queues any more. None when that is not
// known of some, and none is known to be missing.
std::optional<std::vector<std::string>> MissingWals(const LinkReading& before,
                                                    const LinkReading& after);

}  // namespace twinwatch
