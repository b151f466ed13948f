// Links and their queues as JSON: one document for `status` and `queues`, and one line for Nagios.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/nagios.h"
#include "exporters/snapshot.h"

namespace twinwatch {

std::string StatusDocument(std::string_view command, const std::vector<LinkSnapshot>& links,
                           absl::Time now);

// The worst link: red, then one of which something is not known, then one that lags. `unread` says
// why a link is not among them; empty: all are.
NagiosAnswer StatusNagios(const std::vector<LinkSnapshot>& links, std::string_view unread,
                          absl::Time now);

}  // namespace twinwatch
