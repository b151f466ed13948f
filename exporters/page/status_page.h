// The status page: server-rendered, without a build step, complete without JavaScript.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>

#include "exporters/page/lag_history.h"
#include "exporters/snapshot.h"

namespace twinwatch::page {

// `/`: how far behind is each link, and is it a twin?
std::string Overview(const Snapshot& snapshot, const LagHistory& history, absl::Time now);

// `/link/NAME`: its queues, tables and collectors. None when there is no such link.
std::optional<std::string> LinkPage(const Snapshot& snapshot, const LagHistory& history,
                                    const std::string& name, absl::Time now);

}  // namespace twinwatch::page
