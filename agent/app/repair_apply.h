// Applies a repair plan, or shows what applying it would do.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>

#include "agent/app/repair_tools.h"
#include "verifier/repair/outcome.h"
#include "verifier/repair/plan.h"

namespace twinwatch::app {

struct ApplyRequest {
  const RepairPlan* plan = nullptr;
  std::string plan_text;  // its file, whole
  std::string plan_digest;
  bool execute = false;
  uint64_t bytes_per_second = 0;  // 0: as fast as it goes
  uint64_t max_journal_bytes = uint64_t{1} << 30;
  std::string journal_path;
  absl::Duration job_time = absl::Hours(2);  // of one CopyTable job
  absl::Duration barrier_timeout = absl::Minutes(10);
};

// Where the journal of a plan lies: the same for each attempt to apply it.
std::string JournalPath(const std::string& storage_folder, const std::string& plan_digest);

// The plan must fit (CheckPlanFits). An error ends it half way: applying it again goes on.
Task<StatusOr<RepairOutcome>> ApplyPlan(RepairTools tools, ApplyRequest request);

}  // namespace twinwatch::app
