#include "agent/app/ledger_values.h"

#include <algorithm>

namespace twinwatch::app {

ledger::RunCounters ToCounters(const TableResult& table) {
  ledger::RunCounters counters;
  counters.rows_source = table.rows_source;
  counters.rows_target = table.rows_target;
  counters.cells_source = table.cells_source;
  counters.bytes_read = table.bytes_read;
  counters.ranges = table.ranges;
  counters.ranges_drifted = table.ranges_drifted;
  counters.drift = table.drift;
  counters.suspects = table.suspects;
  counters.in_flight = table.in_flight;
  counters.unknown_rows = table.unknown_rows;
  counters.waived = table.waived;
  counters.took_ms = static_cast<uint64_t>(absl::ToInt64Milliseconds(table.took));
  return counters;
}

TableProgress ToProgress(const ledger::TableProgress& saved) {
  TableProgress progress;
  TableResult& table = progress.so_far;
  const ledger::RunCounters& counters = saved.counters;
  table.table = saved.table;
  table.rows_source = counters.rows_source;
  table.rows_target = counters.rows_target;
  table.cells_source = counters.cells_source;
  table.bytes_read = counters.bytes_read;
  table.ranges = counters.ranges;
  table.ranges_drifted = counters.ranges_drifted;
  table.drift = counters.drift;
  table.suspects = counters.suspects;
  table.in_flight = counters.in_flight;
  table.unknown_rows = counters.unknown_rows;
  table.waived = counters.waived;
  table.took = absl::Milliseconds(static_cast<int64_t>(counters.took_ms));
  for (const ledger::TodoRange& todo : saved.todo)
    progress.todo.push_back({todo.range, todo.counted});
  return progress;
}

ledger::DriftFinding ToDriftFinding(const Finding& finding) {
  ledger::DriftFinding found;
  found.table = finding.table;
  found.row = finding.row;
  found.drift_class = finding.drift_class;
  found.confirmed_by = finding.confirmed_by;
  if (finding.confirmed_by) found.confirmed_at = absl::Now();
  found.cause = finding.cause;
  found.evidence = finding.evidence;
  found.differing = finding.differing;
  return found;
}

Finding ToFinding(const ledger::DriftRecord& record) {
  Finding finding;
  finding.table = record.table;
  finding.row = record.row;
  finding.drift_class = record.drift_class;
  finding.confirmed_by = record.confirmed_by;
  finding.first_seen = record.first_seen;
  finding.differing = record.differing;
  finding.waived = record.state == ledger::DriftState::kWaived;
  finding.cause = record.cause;
  finding.evidence = record.evidence;
  return finding;
}

StatusOr<std::map<TableName, TableMarks>> MarksOf(ledger::Ledger* ledger, ledger::PairId pair) {
  std::map<TableName, TableMarks> all;
  ASSIGN_OR_RETURN(const auto marks, ledger->Marks(pair));
  for (const auto& [table, known] : marks) {
    TableMarks& view = all[table];
    view.drift.emplace();
    if (known.full_pass_at) view.full_pass_at = known.full_pass_at->at;
    if (known.writes_verified_until) {
      view.writes_verified_until = known.writes_verified_until->at;
      view.confirm = known.writes_verified_until->confirm;
    }
    if (known.full_pass_at) view.confirm = known.full_pass_at->confirm;
    if (known.sample) {
      view.sample = SampleView{known.sample->rows, known.sample->confidence,
                               known.sample->max_rate_ppm, known.sample->at};
    }
  }
  ASSIGN_OR_RETURN(const auto counts, ledger->CountOpen(pair));
  for (const auto& [table, open] : counts) {
    all[table].drift = open.confirmed;
    all[table].oldest_drift = open.oldest_confirmed;
  }
  ASSIGN_OR_RETURN(auto future, ledger->AllFutureCells(pair));
  for (auto& [table, found] : future) all[table].future = std::move(found);
  for (auto& [table, view] : all) view.table = table;
  return all;
}

StatusOr<DriftView> DriftWithoutRows(ledger::Ledger* ledger, ledger::Pair pair) {
  DriftView view;
  ASSIGN_OR_RETURN(view.counts, ledger->CountOpen(pair.id));
  ASSIGN_OR_RETURN(view.marks, ledger->Marks(pair.id));
  ASSIGN_OR_RETURN(view.last_run_ended, ledger->LastEnd(pair.id));
  view.pair = std::move(pair);
  return view;
}

}  // namespace twinwatch::app
