// The document of `status`, read back: for commands that ask a running agent.
#pragma once

#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "exporters/snapshot.h"

namespace twinwatch {

// Everything that text and JSON of `status` and `queues` show; names of the clusters, heartbeats
// and totals are not in the document. kDataLoss for what is no such document, kFailedPrecondition
// for one of another schema version.
StatusOr<std::vector<LinkSnapshot>> ParseStatusDocument(std::string_view text);

}  // namespace twinwatch
