// Why rows differ, most likely: reads what is still stored of them and asks verifier/cause.
#pragma once

#include <vector>

#include "agent/app/verify_plan.h"
#include "verifier/run/result.h"

namespace twinwatch::app {

// Sets cause and evidence of the findings of `plan`'s table. The cells of the first hundred are
// read; the others, and rows that cannot be read or are very wide, keep what the tables'
// descriptors and the link's history tell. Where the source has no trace of what the target shows,
// some fifty rows more are read, once a table: they may show that cells lose their own TTL.
Task<void> Explain(const Link* link, const TablePlan* plan, std::vector<Finding>* findings);

}  // namespace twinwatch::app
