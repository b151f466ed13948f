// One look at a link's queues through the Cluster interface, and what two looks say.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

struct LinkReading {
  QueueReading queues;
  bool peer_enabled = false;
  std::optional<ReportedSummary> reported;  // none when the master does not say
  absl::Time at;
};

// kNotFound when the peer is gone.
Task<StatusOr<LinkReading>> ReadLink(Cluster* source, std::string peer_id);

// Everything but the names of the link and its clusters.
LinkStatus JudgeReadings(const LinkReading& before, const LinkReading& after,
                         const std::string& peer_id);

}  // namespace twinwatch
