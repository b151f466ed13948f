// What `status` and `queues` say alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/snapshot.h"

namespace twinwatch {

// The last line, the worst first: STALLED, REWOUND, DISABLED, MISSING, ORPHANS, UNKNOWN; else OK.
std::string StatusVerdict(const std::vector<LinkSnapshot>& links, bool colour);

// ENABLED, DISABLED, or that it is not known.
std::string_view PeerState(const LinkStatus& link);

}  // namespace twinwatch
