#include "agent/app/run_recorder.h"

#include <algorithm>
#include <utility>

namespace twinwatch::app {
namespace {

// Findings are written at the latest when there are so many.
constexpr size_t kMaxPending = 500;

ledger::RunCounters ToCounters(const TableResult& table) {
  ledger::RunCounters counters;
  counters.rows_source = table.rows_source;
  counters.rows_target = table.rows_target;
  counters.cells_source = table.cells_source;
  counters.bytes_read = table.bytes_read;
  counters.ranges = table.ranges;
  counters.drift = table.drift;
  counters.suspects = table.suspects;
  counters.in_flight = table.in_flight;
  counters.unknown_rows = table.unknown_rows;
  counters.waived = table.waived;
  counters.took_ms = static_cast<uint64_t>(absl::ToInt64Milliseconds(table.took));
  return counters;
}

// `whole` without `holes`.
std::vector<KeyRange> Without(const KeyRange& whole, const std::vector<UnverifiedRange>& holes) {
  std::vector<std::string> borders;
  for (const UnverifiedRange& hole : holes) {
    borders.push_back(hole.range.start);
    if (!hole.range.stop.empty()) borders.push_back(hole.range.stop);
  }
  std::vector<KeyRange> pieces = CutAt(whole, std::move(borders));
  std::erase_if(pieces, [&holes](const KeyRange& piece) {
    return std::any_of(holes.begin(), holes.end(), [&piece](const UnverifiedRange& hole) {
      return hole.range.Contains(piece.start);
    });
  });
  return pieces;
}

// Every row that could not be judged is named in `unverified`.
bool AllUnknownAreNamed(const TableResult& table) {
  const auto rows = std::count_if(table.unverified.begin(), table.unverified.end(),
                                  [](const UnverifiedRange& r) { return IsOneRow(r.range); });
  const bool ranges = static_cast<size_t>(rows) < table.unverified.size();
  return ranges || static_cast<uint64_t>(rows) >= table.unknown_rows;
}

}  // namespace

StatusOr<std::map<TableName, TableMarks>> MarksOf(ledger::Ledger* ledger, ledger::PairId pair) {
  std::map<TableName, TableMarks> all;
  ASSIGN_OR_RETURN(const auto marks, ledger->Marks(pair));
  for (const auto& [table, known] : marks) {
    TableMarks& view = all[table];
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
  for (const auto& [table, open] : counts) all[table].drift_rows = open.confirmed.Sum();
  for (auto& [table, view] : all) view.table = table;
  return all;
}

ledger::Pair PairOf(const ClusterInfo& source, const ClusterInfo& target, const Link& link) {
  ledger::Pair pair;
  pair.source_id = source.cluster_id;
  pair.target_id = target.cluster_id;
  pair.source_name = link.source->name();
  pair.target_name = link.target->name();
  pair.link = link.name;
  return pair;
}

RecordedRun ToRecordedRun(const VerifyRequest& request, const std::vector<TablePlan>& plans,
                          const ClusterInfo& source, const ClusterInfo& target, const Link& link,
                          std::string id, absl::Time started) {
  RecordedRun run;
  run.id = std::move(id);
  run.pair = PairOf(source, target, link);
  run.started = started;
  run.range = request.options.range;
  run.kind = request.incremental                   ? ledger::RunKind::kIncremental
             : request.options.sample              ? ledger::RunKind::kSample
             : request.since || request.until      ? ledger::RunKind::kSince
             : request.options.range == KeyRange{} ? ledger::RunKind::kFull
                                                   : ledger::RunKind::kRange;
  run.breadth.all_families = request.families.empty();
  run.breadth.values = !request.keys_only;
  run.breadth.all_versions = request.max_versions == kAllVersions;
  run.breadth.markers = request.raw;
  for (const TablePlan& plan : plans) {
    if (plan.pair.source_table == plan.pair.target_table)
      run.tables.push_back(plan.pair.source_table);
  }
  return run;
}

StatusOr<std::unique_ptr<RunRecorder>> RunRecorder::Begin(ledger::Ledger* ledger, RecordedRun run,
                                                          VerifyObserver* next) {
  ASSIGN_OR_RETURN(const ledger::PairId pair, ledger->NotePair(run.pair, run.started));
  ledger::RunRecord record;
  record.id = run.id;
  record.pair = pair;
  record.kind = run.kind;
  record.breadth = run.breadth;
  record.begun = run.started;
  for (const TableName& table : run.tables) {
    ledger::TableProgress& progress = record.tables.emplace_back();
    progress.table = table;
    progress.todo = {{run.range, false}};
  }
  RETURN_IF_ERROR(ledger->BeginRun(record));
  return std::unique_ptr<RunRecorder>(new RunRecorder(ledger, std::move(run), pair, next));
}

bool RunRecorder::Records(const TableName& table) const {
  return std::find(run_.tables.begin(), run_.tables.end(), table) != run_.tables.end();
}

ledger::Sighting RunRecorder::SightingNow() const { return {run_.id, absl::Now(), run_.breadth}; }

bool RunRecorder::IsWaived(const TableName& table, std::string_view row, DriftClass drift_class) {
  if (!error_.ok() || !Records(table)) return false;
  const StatusOr<bool> waived = ledger_->IsWaived(pair_, table, row, drift_class);
  if (!waived.ok()) error_ = waived.status();
  return waived.ok() && *waived;
}

void RunRecorder::OnFinding(const Finding& finding) {
  next_->OnFinding(finding);
  if (!Records(finding.table)) return;
  Pend(finding);
  if (pending_.size() >= kMaxPending) Flush();
}

void RunRecorder::Pend(const Finding& finding) {
  ledger::DriftFinding& found = pending_.emplace_back();
  found.table = finding.table;
  found.row = finding.row;
  found.drift_class = finding.drift_class;
  found.confirmed_by = finding.confirmed_by;
  if (finding.confirmed_by) found.confirmed_at = absl::Now();
  found.cause = finding.cause;
  found.evidence = finding.evidence;
  found.differing = finding.differing;
}

void RunRecorder::OnProgress(const TableName& table, double fraction, uint64_t rows,
                             std::string_view waiting) {
  next_->OnProgress(table, fraction, rows, waiting);
}

// Causes are looked for at the end, for the rows of the result only.
void RunRecorder::TakeCauses(const VerifyResult& result) {
  std::map<std::pair<TableName, std::string>, const Finding*> explained;
  for (const Finding& finding : result.findings) {
    if (finding.cause && Records(finding.table)) explained[{finding.table, finding.row}] = &finding;
  }
  for (ledger::DriftFinding& found : pending_) {
    const auto it = explained.find({found.table, found.row});
    if (it == explained.end()) continue;
    found.cause = it->second->cause;
    found.evidence = it->second->evidence;
    explained.erase(it);
  }
  // These were written without their cause.
  for (const auto& [row, finding] : explained) Pend(*finding);
}

void RunRecorder::Flush() {
  if (error_.ok()) error_ = ledger_->Note(pair_, SightingNow(), pending_);
  pending_.clear();
}

Status RunRecorder::EndTable(const TableResult& table, const VerifyResult& result) {
  ledger::TableProgress progress;
  progress.table = table.table;
  progress.counters = ToCounters(table);
  if (table.error) progress.todo.push_back({run_.range, false});
  for (const UnverifiedRange& hole : table.unverified) progress.todo.push_back({hole.range, false});
  std::vector<ledger::SettledRange> settled;
  // A window or a sample has not seen all rows of its range.
  const bool whole = run_.kind == ledger::RunKind::kFull || run_.kind == ledger::RunKind::kRange;
  if (whole && !table.error && AllUnknownAreNamed(table)) {
    for (KeyRange& range : Without(run_.range, table.unverified)) {
      settled.push_back({table.table, std::move(range), {}});
    }
  }
  RETURN_IF_ERROR(ledger_->Checkpoint(SightingNow(), progress, {}, settled));
  return SetMarks(table, result);
}

// Only what was judged to the last row, of all families and with values, moves a mark.
Status RunRecorder::SetMarks(const TableResult& table, const VerifyResult& result) {
  const bool all_judged = !table.error && table.unverified.empty() && table.unknown_rows == 0 &&
                          table.suspects.Sum() == 0;
  if (!all_judged || !run_.breadth.all_families || !run_.breadth.values) return absl::OkStatus();
  if (table.sample) {
    if (!table.sample->max_rate_ppm) return absl::OkStatus();
    ledger::SampleMark sample;
    sample.at = result.started;
    sample.run = run_.id;
    sample.rows = table.sample->rows;
    sample.confidence = table.sample->confidence;
    sample.max_rate_ppm = static_cast<double>(*table.sample->max_rate_ppm);
    return ledger_->SetSample(pair_, table.table, sample);
  }
  ledger::Mark mark;
  mark.at = result.started;
  mark.run = run_.id;
  mark.confirm = result.confirm;
  mark.families_left_out = table.families_left_out;
  if (run_.kind == ledger::RunKind::kFull) {
    RETURN_IF_ERROR(ledger_->SetMark(pair_, table.table, ledger::MarkKind::kFullPassAt, mark));
  }
  if (run_.kind == ledger::RunKind::kFull || run_.kind == ledger::RunKind::kIncremental) {
    return ledger_->SetMark(pair_, table.table, ledger::MarkKind::kWritesVerifiedUntil, mark);
  }
  return absl::OkStatus();
}

Status RunRecorder::End(const VerifyResult& result) {
  TakeCauses(result);
  Flush();
  for (const TableResult& table : result.tables) {
    if (error_.ok() && Records(table.table)) error_ = EndTable(table, result);
  }
  if (error_.ok())
    error_ = ledger_->EndRun(run_.id, result.ended, std::string(ToString(result.verdict())));
  if (error_.ok()) error_ = ledger_->Prune(result.ended);
  return error_;
}

}  // namespace twinwatch::app
