// The jobs of a link on its page. Pure; nothing in it can be clicked.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "exporters/snapshot.h"

namespace twinwatch::page {

// Those that run, and the last few that ended.
std::string JobsHtml(const Snapshot& snapshot, const std::string& link, absl::Time now);

}  // namespace twinwatch::page
