// Looks again at the rows that a repair was about: are they the same on both sides now?
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/barriers.h"
#include "agent/app/link.h"
#include "verifier/ledger/ledger.h"
#include "verifier/repair/outcome.h"
#include "verifier/repair/plan.h"

namespace twinwatch::app {

using RowsOfPlan = std::set<std::pair<TableName, std::string>>;

// A row to which CopyTable wrote because it lay in its range, and which no plan says differed.
struct AlsoWritten {
  TableName table;
  std::string row;
  bool all_versions = false;  // are to be compared
};

struct CheckParts {
  Link* link = nullptr;
  const RepairPlan* plan = nullptr;
  const Barriers* barriers = nullptr;  // null: there is none; what differs then is unknown
  ledger::Ledger* ledger = nullptr;    // null: nothing is remembered
  const RowsOfPlan* left = nullptr;    // that were not written: they are not looked at
  const std::vector<AlsoWritten>* also = nullptr;  // these are, too; null: none
};

// Rows that a reader sees the same on both sides are the same. What differs is judged by sandwiches
// around barriers, as in any verification. All of it is added to `outcome`, and to the ledger:
// repaired and rechecked, or confirmed again.
Task<Status> CheckRepaired(CheckParts parts, RepairOutcome* outcome);

}  // namespace twinwatch::app
