// Looks for cells and delete markers of the future on the target's side of what is verified.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/app/verify_plan.h"
#include "verifier/run/future_cells.h"

namespace twinwatch::app {

// Of a request over whole tables, or a range of them: what looks at less is not asked for this.
bool LooksForFutureCells(const VerifyRequest& request);

// In the plan's families, of the plan's table as it is called on the target. Not of our own
// heartbeats, and of no plan with a problem: it names no families.
bool HasFutureAudit(const TablePlan& plan);
Task<StatusOr<FutureCells>> FindFutureCells(const TablePlan* plan, KeyRange range,
                                            Governor* governor);

// Of each whole table that could be read. What fails, and what is found, is in the log of `link`.
Task<std::map<TableName, FutureCells>> AuditTables(std::string link,
                                                   const std::vector<TablePlan>* plans,
                                                   Governor* governor);

// After a table was compared: sets `result->future`, or says why it is not known. Not where parts
// of the table could not be read: each would be waited for once more.
Task<void> AddFutureCells(const TablePlan* plan, const VerifyRequest* request, TableResult* result);

}  // namespace twinwatch::app
