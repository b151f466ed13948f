// Links and their queues as JSON: one document for `status` and `queues`, and one line for Nagios.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/snapshot.h"

namespace twinwatch {

std::string StatusDocument(std::string_view command, const std::vector<LinkSnapshot>& links,
                           absl::Time now);

std::string StatusNagios(const std::vector<LinkSnapshot>& links, absl::Time now);

}  // namespace twinwatch
