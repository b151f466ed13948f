// Which links an agent watches, from its list of collectors: those that it has not read yet are in
// no other document, and must not be forgotten.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"

namespace twinwatch {

struct WatchedLink {
  std::string name;
  std::string error;  // why its last verification could not be; empty: it could
};

// The document of /api/v1/collectors. kDataLoss for what is none, or names no link or too many.
StatusOr<std::vector<WatchedLink>> ParseWatchedLinks(std::string_view text);

}  // namespace twinwatch
