#include "agent/app/run_recorder.h"

#include <algorithm>
#include <utility>

#include "agent/app/ledger_values.h"
#include "agent/app/request_text.h"

namespace twinwatch::app {
namespace {

// Findings are written at the latest when there are so many.
constexpr size_t kMaxPending = 500;

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

}  // namespace

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
                          std::string id, absl::Time begun) {
  RecordedRun run;
  run.id = std::move(id);
  run.pair = PairOf(source, target, link);
  run.begun = begun;
  run.options = ToText(request);
  run.note.by = link.name;
  if (link.peer) run.note.peer = link.peer->id;
  for (const TablePlan& plan : plans)
    run.note.families[plan.pair.source_table.ToString()] = plan.pair.families;
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
  run.breadth.extra = !request.options.ignore_extra;
  for (const TablePlan& plan : plans) {
    if (plan.pair.source_table == plan.pair.target_table)
      run.tables.push_back(plan.pair.source_table);
  }
  return run;
}

StatusOr<std::unique_ptr<RunRecorder>> RunRecorder::Begin(ledger::Ledger* ledger, RecordedRun run,
                                                          VerifyObserver* next) {
  ASSIGN_OR_RETURN(const ledger::PairId pair, ledger->NotePair(run.pair, run.begun));
  ledger::RunRecord record;
  record.id = run.id;
  record.pair = pair;
  record.kind = run.kind;
  record.breadth = run.breadth;
  record.options = WithNote(run.options, run.note);
  record.begun = run.begun;
  for (const TableName& table : run.tables) {
    ledger::TableProgress& progress = record.tables.emplace_back();
    progress.table = table;
    progress.todo = {{run.range, false}};
  }
  RETURN_IF_ERROR(ledger->BeginRun(record));
  return std::unique_ptr<RunRecorder>(new RunRecorder(ledger, std::move(run), pair, next));
}

StatusOr<std::unique_ptr<RunRecorder>> RunRecorder::Resume(ledger::Ledger* ledger, RecordedRun run,
                                                           const ledger::RunRecord& record,
                                                           VerifyObserver* next) {
  ASSIGN_OR_RETURN(const ledger::PairId pair, ledger->NotePair(run.pair, absl::Now()));
  if (pair != record.pair) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "run {} compared other clusters than {} and {}: name those that it was begun with",
                 record.id, run.pair.source_name, run.pair.target_name);
  }
  const RunNote then = NoteOf(record.options);
  if (then.peer != run.note.peer) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "run {} was begun for peer {}, and this is peer {}: begin a new one", record.id,
                 then.peer, run.note.peer);
  }
  const RunNote now = run.note;
  RETURN_IF_ERROR(ledger->ReopenRun(record.id));
  auto recorder = std::unique_ptr<RunRecorder>(new RunRecorder(ledger, std::move(run), pair, next));
  if (record.kind == ledger::RunKind::kSample) return recorder;
  for (const ledger::TableProgress& saved : record.tables) {
    // What was read with other families says nothing of these: the table is begun anew.
    const std::string name = saved.table.ToString();
    if (then.FamiliesOf(name) != now.FamiliesOf(name)) continue;
    recorder->resumed_[saved.table] = std::make_shared<TableProgress>(ToProgress(saved));
  }
  recorder->resumed_at_ = absl::Now();
  RETURN_IF_ERROR(recorder->VisitToldBefore([&recorder](const Finding& finding) {
    const auto kind = ParseBarrierKind(finding.confirmed_by.value_or(""));
    std::optional<BarrierKind>& weakest = recorder->resumed_[finding.table]->so_far.barrier;
    if (kind) weakest = std::max(weakest.value_or(*kind), *kind);
  }));
  return recorder;
}

std::shared_ptr<const TableProgress> RunRecorder::ProgressOf(const TableName& table) const {
  const auto it = resumed_.find(table);
  return it == resumed_.end() ? nullptr : it->second;
}

Status RunRecorder::VisitToldBefore(const std::function<void(const Finding&)>& visit) const {
  for (const auto& [table, progress] : resumed_) {
    ledger::DriftFilter filter;
    filter.table = table;
    filter.run = run_.id;
    RETURN_IF_ERROR(
        ledger_->VisitOpen(pair_, filter, [&progress, &visit](const ledger::DriftRecord& record) {
          if (!IsToldAgain(progress->todo, record.row, record.drift_class))
            visit(ToFinding(record));
        }));
  }
  return absl::OkStatus();
}

std::vector<ledger::TodoRange> RunRecorder::ReadAgain(const TableName& table) const {
  std::vector<ledger::TodoRange> ranges;
  if (const auto progress = ProgressOf(table)) {
    for (const Todo& todo : progress->todo) ranges.push_back({todo.range, todo.counted});
  }
  return ranges;
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
  // Markers written just now may be on their way still, and nobody looks again.
  const bool passing =
      run_.kind == ledger::RunKind::kIncremental && finding.drift_class == DriftClass::kMarks;
  if (passing) return;
  pending_.push_back(ToDriftFinding(finding));
  if (pending_.size() >= kMaxPending) Flush();
}

void RunRecorder::OnCheckpoint(const TableProgress& progress) {
  next_->OnCheckpoint(progress);
  if (!error_.ok() || !Records(progress.so_far.table)) return;
  ledger::TableProgress saved;
  saved.table = progress.so_far.table;
  saved.counters = ToCounters(progress.so_far);
  for (const Todo& todo : progress.todo) saved.todo.push_back({todo.range, todo.counted});
  error_ = ledger_->Checkpoint(SightingNow(), saved, pending_, {});
  pending_.clear();
}

void RunRecorder::OnProgress(const TableName& table, double fraction, uint64_t rows,
                             std::string_view waiting) {
  next_->OnProgress(table, fraction, rows, waiting);
}

// Causes are looked for at the end, when most rows have been written already.
Status RunRecorder::WriteCauses(const VerifyResult& result) {
  std::vector<ledger::DriftFinding> explained;
  for (const Finding& finding : result.findings) {
    if (finding.cause && Records(finding.table)) explained.push_back(ToDriftFinding(finding));
  }
  return ledger_->Explain(pair_, run_.id, explained);
}

void RunRecorder::Flush() {
  if (error_.ok()) error_ = ledger_->Note(pair_, SightingNow(), pending_);
  pending_.clear();
}

Status RunRecorder::EndTable(const TableResult& table, const VerifyResult& result) {
  // A window or a sample has not seen all rows of its range.
  const bool whole = run_.kind == ledger::RunKind::kFull || run_.kind == ledger::RunKind::kRange;
  if (whole && !table.error && table.unnamed == 0) {
    for (KeyRange& range : Without(run_.range, table.unverified)) {
      const ledger::SettledRange settled{table.table, std::move(range), {},
                                         run_.begun,  resumed_at_,      ReadAgain(table.table)};
      RETURN_IF_ERROR(ledger_->Settle(pair_, SightingNow(), settled));
    }
  }
  // Of a part of the table, or some of its families, it would say too little.
  if (table.future && run_.kind == ledger::RunKind::kFull && run_.breadth.all_families)
    RETURN_IF_ERROR(ledger_->KeepFutureCells(pair_, table.table, *table.future));
  return SetMarks(table, result);
}

// Only what was judged to the last row, of all families and with values, moves a mark.
Status RunRecorder::SetMarks(const TableResult& table, const VerifyResult& result) {
  const bool all_judged = !table.error && table.unverified.empty() && table.unknown_rows == 0 &&
                          table.suspects.Sum() == 0;
  if (!all_judged || !ledger::MovesMarks(run_.breadth)) return absl::OkStatus();
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
  Flush();
  if (error_.ok()) error_ = WriteCauses(result);
  for (const TableResult& table : result.tables) {
    if (error_.ok() && Records(table.table)) error_ = EndTable(table, result);
  }
  if (error_.ok())
    error_ = ledger_->EndRun(run_.id, result.ended, std::string(ToString(result.verdict())));
  if (error_.ok()) error_ = ledger_->Prune(result.ended);
  return error_;
}

}  // namespace twinwatch::app
