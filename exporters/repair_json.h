// What applying or undoing a plan did, as JSON.
#pragma once

#include <string>

#include "verifier/repair/outcome.h"

namespace twinwatch {

// "command" is `repair apply` or `repair undo`. Of a dry run "writes" lists all that would be sent.
std::string RepairOutcomeDocument(const RepairOutcome& outcome);

}  // namespace twinwatch
