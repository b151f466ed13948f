// Applies a repair plan, or shows what applying it would do; and takes one back.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/app/link.h"
#include "probes/api/table_copy.h"
#include "verifier/ledger/ledger.h"
#include "verifier/repair/outcome.h"
#include "verifier/repair/plan.h"

namespace twinwatch::app {

// How the user, or the agent, hears of it and ends it.
class RepairObserver {
 public:
  virtual ~RepairObserver() = default;
  // Rows that were written or passed over, of all; `doing` says what is done now.
  virtual void OnProgress(uint64_t rows_done, uint64_t rows, std::string_view doing) = 0;
  // Asked between two batches.
  virtual bool GivenUp() { return false; }
  // Before so many bytes are sent, and before each range with none: returns when they may be, or
  // when it is given up.
  virtual Task<void> Pace(uint64_t bytes);
};

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

struct ApplyTools {
  Executor executor;
  Link* link = nullptr;
  ledger::Ledger* ledger = nullptr;  // null: nothing is remembered
  TableCopier* copier = nullptr;     // null: no range can be copied
  RepairObserver* observer = nullptr;
};

// Where the journal of a plan lies: the same for each attempt to apply it.
std::string JournalPath(const std::string& storage_folder, const std::string& plan_digest);

// The plan must fit (CheckPlanFits). An error ends it half way: applying it again goes on.
Task<StatusOr<RepairOutcome>> ApplyPlan(ApplyTools tools, ApplyRequest request);

struct UndoRequest {
  const RepairPlan* plan = nullptr;  // the journal's
  std::string plan_digest;
  std::string journal_path;
  bool execute = false;
  bool allow_compaction = false;
  uint64_t bytes_per_second = 0;
};

Task<StatusOr<RepairOutcome>> UndoPlan(ApplyTools tools, UndoRequest request);

}  // namespace twinwatch::app
