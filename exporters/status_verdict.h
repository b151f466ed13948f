// What `status` and `queues` say alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/snapshot.h"

namespace twinwatch {

// Something is wrong that waiting does not mend: with the queues, or with the target, where cells
// of the future would hide what is written after a failover.
bool IsRed(const LinkSnapshot& link, absl::Time now);

// Not red, and of some queue, or of the link, it is not known how it is.
bool IsUnknown(const LinkSnapshot& link, absl::Time now);

// The last line, the worst first: STALLED, REWOUND, DISABLED, MISSING, ORPHANS, FUTURE, UNKNOWN;
// else OK.
std::string StatusVerdict(const std::vector<LinkSnapshot>& links, absl::Time now, bool colour);

// ENABLED, DISABLED, or that it is not known.
std::string_view PeerState(const LinkStatus& link);

}  // namespace twinwatch
