#include "agent/app/confirmed_drift.h"

#include <algorithm>

#include "verifier/digest/digest.h"

namespace twinwatch::app {

StatusOr<ConfirmedDrift> ConfirmedDriftOf(ledger::Ledger* ledger, ledger::PairId pair,
                                          const std::set<TableName>& tables) {
  ConfirmedDrift drift;
  RowHasher hasher;
  Digest128 sum;
  ledger::DriftFilter filter;
  filter.states = {ledger::DriftState::kConfirmed, ledger::DriftState::kPlanned,
                   ledger::DriftState::kRepaired};
  for (const TableName& table : tables) {
    filter.table = table;
    const uint64_t before = drift.rows;
    RETURN_IF_ERROR(ledger->VisitOpen(pair, filter, [&](const ledger::DriftRecord& record) {
      if (record.drift_class == DriftClass::kMarks) return;
      // Neither a table's name nor that of a class has a colon but the one of its namespace.
      const std::string known = fmt::format("{}:{}:{}:{}", table.ns, table.qualifier,
                                            ToString(record.drift_class), record.row);
      sum = sum + hasher.HashRow(known, {});
      ++drift.rows;
      drift.seen = std::max(drift.seen, record.last_seen);
    }));
    if (drift.rows > before) drift.tables.push_back(table);
  }
  if (drift.rows > 0) drift.digest = ToHex(sum);
  return drift;
}

}  // namespace twinwatch::app
