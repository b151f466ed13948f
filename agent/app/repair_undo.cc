#include "agent/app/repair_undo.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>

#include "agent/app/repair_plan.h"
#include "agent/app/repair_recorder.h"
#include "verifier/repair/journal.h"
#include "verifier/repair/undo.h"

namespace twinwatch::app {
namespace {

class UndoRun {
 public:
  UndoRun(RepairTools tools, UndoRequest request)
      : tools_(tools), request_(std::move(request)), plan_(*request_.plan) {
    outcome_.undo = true;
    outcome_.dry_run = !request_.execute;
    outcome_.plan = request_.plan_digest;
    outcome_.journal = request_.journal_path;
  }

  Task<StatusOr<RepairOutcome>> Run() {
    CO_ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal,
                        Journal::Open(request_.journal_path));
    CO_ASSIGN_OR_RETURN(const uint64_t rows, journal->CountRows());
    RepairRecorder recorder(&outcome_, tools_.observer, rows, request_.bytes_per_second);
    UndoParts parts;
    parts.sides = {tools_.link->source.get(), tools_.link->target.get(), plan_.pair.source_id};
    parts.plan = &plan_;
    parts.journal = journal.get();
    parts.copier = tools_.copier;
    parts.allow_compaction = request_.allow_compaction;
    parts.dry_run = !request_.execute;
    parts.observer = &recorder;
    StatusOr<UndoResult> undone = co_await Undo(std::move(parts));
    const Status told = Tell(journal.get(), recorder.partly());
    CO_ASSIGN_OR_RETURN(UndoResult result, std::move(undone));
    outcome_.notes = std::move(result.notes);
    if (!told.ok()) {
      outcome_.notes.push_back(
          fmt::format("the ledger does not know that these rows differ again ({}): verify the "
                      "table",
                      Text(told)));
    }
    outcome_.markers = result.markers;
    outcome_.markers_left = std::move(result.markers_left);
    co_return std::move(outcome_);
  }

 private:
  // All that was ever taken back: an earlier undo may have been killed before it could tell.
  Status Tell(Journal* journal, const RowsOfPlan& partly) {
    if (tools_.ledger == nullptr || !request_.execute) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::optional<ledger::PairId> pair, FindPair(tools_.ledger, plan_.pair));
    if (!pair) return absl::OkStatus();
    std::map<std::pair<TableName, std::string>, const PlannedRow*> planned;
    for (const PlannedRange& range : plan_.ranges)
      for (const PlannedRow& row : range.drifted) planned[{range.table, row.row}] = &row;
    std::vector<ledger::DriftFinding> undone;
    int64_t last = INT64_MAX;
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<JournaledRow> row, journal->Before(last));
      if (!row) break;
      last = row->id;
      const std::pair place(row->table, row->row);
      const auto plan = planned.find(place);
      if (row->state != RowState::kUndone && !partly.contains(place)) continue;
      // Of a copied range also rows were written that had not been found to differ.
      if (plan != planned.end()) undone.push_back(FindingOf(row->table, *plan->second));
    }
    return tools_.ledger->NoteUndone(*pair, undone, request_.plan_digest, absl::Now());
  }

  ledger::DriftFinding FindingOf(const TableName& table, const PlannedRow& row) const {
    ledger::DriftFinding finding;
    finding.table = table;
    finding.row = row.row;
    finding.drift_class = row.drift_class;
    if (row.confirmed_by.empty()) return finding;
    finding.confirmed_by = row.confirmed_by;
    finding.confirmed_at = plan_.made;
    return finding;
  }

  RepairTools tools_;
  UndoRequest request_;
  const RepairPlan& plan_;
  RepairOutcome outcome_;
};

}  // namespace

Task<StatusOr<RepairOutcome>> UndoPlan(RepairTools tools, UndoRequest request) {
  UndoRun run(tools, std::move(request));
  co_return co_await run.Run();
}

}  // namespace twinwatch::app
