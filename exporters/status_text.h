// Links and queues as a person reads them.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "exporters/snapshot.h"

namespace twinwatch {

// `queues`: each queue of each link, what stands out, the verdict last. `only_stalled` leaves out
// the queues that are fine.
std::string QueuesText(const std::vector<LinkSnapshot>& links, absl::Time now, bool only_stalled,
                       bool colour);

// `status`: a line or two a link. `hint` are the global options as they are to be typed again.
std::string StatusText(const std::vector<LinkSnapshot>& links, absl::Time now,
                       std::string_view hint, bool colour);

}  // namespace twinwatch
