// How much of a table was compared within the freshness that is asked for. Pure.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exporters/snapshot.h"
#include "verifier/ledger/records.h"

namespace twinwatch::app {

// 1 where the table was compared as a whole and every row judged, by a full pass that began within
// `freshness`. Else the share of key ranges that a full pass which began within it, and runs or was
// broken off, has read to their end; of several passes the largest, and below 1 whatever they say:
// judgements are still to come. A pass that is taken up again is as old as its first range.
double CoverageOf(std::optional<absl::Time> full_pass_at,
                  const std::vector<ledger::PassRanges>& passes, absl::Duration freshness,
                  absl::Time now);

// The ranges of the passes that began last, one of each table, by what came of them.
RangeStates StatesOf(const std::map<TableName, std::map<std::string, ledger::PassRanges>>& passes);

}  // namespace twinwatch::app
