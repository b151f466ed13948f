// Between what a verification knows and what the ledger keeps of it.
#pragma once

#include <map>

#include "exporters/drift_view.h"
#include "exporters/snapshot.h"
#include "verifier/ledger/ledger.h"
#include "verifier/run/progress.h"

namespace twinwatch::app {

ledger::RunCounters ToCounters(const TableResult& table);
TableProgress ToProgress(const ledger::TableProgress& saved);

ledger::DriftFinding ToDriftFinding(const Finding& finding);
Finding ToFinding(const ledger::DriftRecord& record);

// What the ledger knows of each table of a pair, as status and metrics show it.
StatusOr<std::map<TableName, TableMarks>> MarksOf(ledger::Ledger* ledger, ledger::PairId pair);

// All that it knows of a pair's drift, but the rows.
StatusOr<DriftView> DriftWithoutRows(ledger::Ledger* ledger, ledger::Pair pair);

}  // namespace twinwatch::app
