// Repair plans, and what applying or undoing one did, as a check of Nagios.
#pragma once

#include "exporters/nagios.h"
#include "verifier/repair/outcome.h"
#include "verifier/repair/plan.h"

namespace twinwatch {

// Critical where a row will not be repaired.
NagiosAnswer RepairPlanNagios(const RepairPlan& plan);

// Critical where a row was left or differs still, unknown where some could not be judged.
NagiosAnswer RepairOutcomeNagios(const RepairOutcome& outcome);

}  // namespace twinwatch
