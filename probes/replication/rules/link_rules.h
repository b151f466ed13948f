// From queues to the state of their link. No I/O.
#pragma once

#include <vector>

#include "probes/api/replication.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// Sets state and why from the queues, which must have been judged.
void JudgeLink(LinkStatus* link);

// The worst of what region servers report for one peer; none when none reports it.
std::optional<ReportedSummary> Summarize(const std::vector<ReportedLoad>& loads,
                                         const std::string& peer_id);

}  // namespace twinwatch
