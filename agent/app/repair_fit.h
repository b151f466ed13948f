// Whether a repair may go from this link's source to its target, and whether a plan still fits the
// clusters it was made for.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "agent/app/link.h"
#include "agent/app/verify_plan.h"
#include "verifier/repair/plan.h"

namespace twinwatch::app {

// kFailedPrecondition where the target replicates to the source and not the other way round: a
// repair would write towards a source.
Task<Status> CheckDirection(Executor executor, Link* link, bool allow_reverse);

// Who the two clusters are, and the peer between them.
Task<StatusOr<PlannedPair>> PairOf(Link* link);

// kFailedPrecondition where source or target are other clusters than those of the pair.
Task<Status> CheckSameClusters(Link* link, const PlannedPair* pair);

// kNotFound where a side has no such table.
StatusOr<PlannedTable> PlannedTableOf(const TablePlan& table);

// kFailedPrecondition, with what is another one: the plan is too old, or of other clusters, another
// peer, other families.
Task<Status> CheckPlanFits(Link* link, const RepairPlan* plan, absl::Time now);

}  // namespace twinwatch::app
