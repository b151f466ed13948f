// What is known of a pair's drift, put together for printing.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "verifier/ledger/records.h"

namespace twinwatch {

struct DriftView {
  ledger::Pair pair;
  std::map<TableName, ledger::OpenCounts> counts;
  std::map<TableName, ledger::TableMarks> marks;
  std::vector<ledger::DriftRecord> rows;  // the first ones
  std::optional<absl::Time> last_run_ended;
};

// Only the counts of these tables, which are sorted, are kept.
void KeepTables(const std::vector<TableName>& tables, DriftView* view);

struct DriftSums {
  uint64_t confirmed = 0;  // delete markers left out, here as below
  uint64_t suspected = 0;
  uint64_t waived = 0;
  std::vector<TableName> tables;  // with confirmed rows, by pair
};

DriftSums SumOf(const std::vector<DriftView>& views);

}  // namespace twinwatch
