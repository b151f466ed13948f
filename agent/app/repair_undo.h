// Takes an applied repair back, by its journal, or shows what that would do.
#pragma once

#include <cstdint>
#include <string>

#include "agent/app/repair_tools.h"
#include "verifier/repair/outcome.h"
#include "verifier/repair/plan.h"

namespace twinwatch::app {

struct UndoRequest {
  const RepairPlan* plan = nullptr;  // the journal's
  std::string plan_digest;
  std::string journal_path;
  bool execute = false;
  bool allow_compaction = false;
  uint64_t bytes_per_second = 0;
};

// What was taken back is known to differ again in the ledger, if there is one: also of an undo that
// an error ended half way. Undoing again goes on.
Task<StatusOr<RepairOutcome>> UndoPlan(RepairTools tools, UndoRequest request);

}  // namespace twinwatch::app
