// Why rows differ, most likely: reads what is still stored of them and asks verifier/cause.
#pragma once

#include <vector>

#include "agent/app/verify_run.h"
#include "verifier/run/result.h"

namespace twinwatch::app {

// Sets cause and evidence of the findings of `plan`'s table, of the first hundred at the most. A
// row that cannot be read, or that is very wide, keeps what the tables' descriptors tell.
Task<void> Explain(const Link* link, const TablePlan* plan, std::vector<Finding>* findings);

}  // namespace twinwatch::app
