// `drift list` as JSON and as the one line for Nagios.
#pragma once

#include <string>
#include <vector>

#include "exporters/drift_view.h"
#include "exporters/nagios.h"
#include "verifier/ledger/records.h"

namespace twinwatch {

// The document is head, rows with commas between them, tail: there may be millions of rows. A row
// alone is a line of --format jsonl.
std::string DriftListHead();
// `pair` where rows of several pairs are listed: the row says whose it is.
std::string DriftRowJson(const ledger::DriftRecord& record, const ledger::Pair* pair);
std::string DriftListTail();

// `DRIFT - 42 rows of orders | drift_rows=42;0;0 suspect_rows=0 waived_rows=1`
NagiosAnswer DriftNagios(const std::vector<DriftView>& views);

}  // namespace twinwatch
