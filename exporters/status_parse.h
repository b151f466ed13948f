// The document of `status`, read back: for commands that ask a running agent.
#pragma once

#include <absl/time/time.h>

#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "exporters/snapshot.h"

namespace twinwatch {

// Everything that text and JSON of `status` and `queues` show; names of the clusters, heartbeats
// and totals are not in the document. Watermarks are by the clock that `asked_at` is of: their age
// is what the document says, whatever clock the agent has. kDataLoss for what is no such document,
// kFailedPrecondition for one of another schema version.
StatusOr<std::vector<LinkSnapshot>> ParseStatusDocument(std::string_view text, absl::Time asked_at);

}  // namespace twinwatch
