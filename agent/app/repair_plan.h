// Makes a repair plan of what is known to differ: from the ledger, or from a report.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <vector>

#include "agent/app/link.h"
#include "exporters/report_parse.h"
#include "verifier/ledger/ledger.h"
#include "verifier/repair/plan.h"
#include "verifier/repair/plan_table.h"

namespace twinwatch::app {

struct RepairRequest {
  std::vector<TableName> tables;  // empty: all of which something is known to differ
  std::optional<Report> report;   // none: as the ledger has it
  std::optional<RepairEngine> engine;
  PlanOptions options;
};

// Nothing is written to the clusters. kNotFound when no verification of a table has ended: nothing
// is known of it.
Task<StatusOr<RepairPlan>> MakeRepairPlan(Executor executor, Link* link, ledger::Ledger* ledger,
                                          RepairRequest request, PlanObserver* observer);

// The rows of the plan are `planned` in the ledger from now on.
Status NotePlanned(ledger::Ledger* ledger, const RepairPlan& plan, absl::Time now);

// The pair in the ledger; none: it knows nothing of these clusters.
StatusOr<std::optional<ledger::PairId>> FindPair(ledger::Ledger* ledger, const PlannedPair& pair);

}  // namespace twinwatch::app
