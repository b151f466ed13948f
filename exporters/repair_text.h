// Repair plans, and what applying or undoing one did, as a terminal shows them.
#pragma once

#include <string>

#include "verifier/repair/outcome.h"
#include "verifier/repair/plan.h"

namespace twinwatch {

struct RepairTextOptions {
  bool colour = false;
  std::string plan_file;  // for the commands to type next; empty: it was not written to one
};

std::string RepairPlanText(const RepairPlan& plan, const RepairTextOptions& options);

// Ends with `Undo: twinwatch repair undo FILE` where there is something to undo, and the verdict.
std::string RepairOutcomeText(const RepairOutcome& outcome, const RepairTextOptions& options);

// Every row came out as it was wanted.
bool IsWhole(const RepairOutcome& outcome);

// put f:q/5 (3 B), with the row in front.
std::string WriteLine(const ListedWrite& listed);

}  // namespace twinwatch
