// The tables on the page of one link.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "exporters/page/lag_history.h"
#include "exporters/snapshot.h"

namespace twinwatch::page {

// Of each region server, the worst first.
std::string QueuesHtml(const LinkSnapshot& link, const LagHistory& history, absl::Time now);
std::string TablesHtml(const LinkSnapshot& link, absl::Time now);
std::string CollectorsHtml(const Snapshot& snapshot, const std::string& link, absl::Time now);

}  // namespace twinwatch::page
