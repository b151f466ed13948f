// All that is confirmed to differ in some tables, in short: enough to tell whether it is still the
// same rows.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "agent/core/status.h"
#include "agent/core/table_name.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

struct ConfirmedDrift {
  std::string digest;             // of tables, rows and classes; empty: there is none
  std::vector<TableName> tables;  // that it is in
  uint64_t rows = 0;
  absl::Time seen = absl::InfinitePast();  // when one of them was seen last
};

// Waived rows, suspects, and rows of which only delete markers differ are not among them.
StatusOr<ConfirmedDrift> ConfirmedDriftOf(ledger::Ledger* ledger, ledger::PairId pair,
                                          const std::set<TableName>& tables);

}  // namespace twinwatch::app
