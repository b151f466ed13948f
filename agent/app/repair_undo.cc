#include "agent/app/repair_undo.h"

#include <memory>
#include <set>
#include <utility>

#include "agent/app/repair_recorder.h"
#include "verifier/repair/journal.h"
#include "verifier/repair/note_copied.h"
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
    CO_RETURN_IF_ERROR(co_await FinishCopies(journal.get()));
    if (request_.execute) CO_RETURN_IF_ERROR(EndCopies(journal.get()));
    CO_ASSIGN_OR_RETURN(const uint64_t rows, journal->CountRows());
    RepairRecorder recorder(&outcome_, tools_.observer, rows, request_.bytes_per_second);
    UndoParts parts;
    parts.target = tools_.link->target.get();
    parts.source_id = plan_.pair.source_id;
    parts.plan = &plan_;
    parts.journal = journal.get();
    parts.allow_compaction = request_.allow_compaction;
    parts.dry_run = !request_.execute;
    parts.observer = &recorder;
    CO_ASSIGN_OR_RETURN(UndoResult result, co_await Undo(std::move(parts)));
    outcome_.markers = result.markers;
    outcome_.markers_left = std::move(result.markers_left);
    co_return std::move(outcome_);
  }

 private:
  // What a job wrote whose run was interrupted is not known to the journal yet.
  Task<Status> FinishCopies(Journal* journal) {
    for (size_t i = 0; i < plan_.ranges.size(); ++i) {
      if (plan_.ranges[i].engine != RepairEngine::kCopyTable) continue;
      CO_ASSIGN_OR_RETURN(const JournaledCopy copy, journal->Copy(i));
      if (copy.state != CopyState::kBeforeKept) continue;
      NoteUnfinished(plan_.ranges[i], copy);
      const ApplySides sides{tools_.link->source.get(), tools_.link->target.get(),
                             plan_.pair.source_id};
      const Status noted = co_await NoteWhatWasCopied(sides, plan_.ranges[i], journal);
      if (absl::IsFailedPrecondition(noted)) {
        LeaveRange(i, noted);
      } else {
        CO_RETURN_IF_ERROR(noted);
      }
    }
    co_return absl::OkStatus();
  }

  void NoteUnfinished(const PlannedRange& range, const JournaledCopy& copy) {
    outcome_.notes.push_back(fmt::format(
        "CopyTable of a range of {} was not seen to end{}: what it has written by now is taken "
        "back, what it may write yet is not",
        range.table.ToString(), copy.job.empty() ? "" : fmt::format(" ({})", copy.job)));
  }

  // What its job wrote cannot be found out as long as a row in it cannot be read: it is left, and
  // so is its state, so that undo can be run again; all else is undone.
  void LeaveRange(size_t place, const Status& why) {
    unread_.insert(place);
    const PlannedRange& range = plan_.ranges[place];
    outcome_.rows_left += range.drifted.size();
    for (const PlannedRow& row : range.drifted) {
      if (outcome_.left.size() >= kMaxListed) return;
      outcome_.left.push_back({range.table, row.row, std::string(Text(why))});
    }
  }

  // None of them is copied any more, whatever becomes of this undo.
  Status EndCopies(Journal* journal) {
    for (size_t i = 0; i < plan_.ranges.size(); ++i) {
      if (plan_.ranges[i].engine != RepairEngine::kCopyTable || unread_.contains(i)) continue;
      ASSIGN_OR_RETURN(JournaledCopy copy, journal->Copy(i));
      copy.state = CopyState::kUndone;
      RETURN_IF_ERROR(journal->SetCopy(i, copy));
    }
    return absl::OkStatus();
  }

  RepairTools tools_;
  UndoRequest request_;
  const RepairPlan& plan_;
  RepairOutcome outcome_;
  std::set<size_t> unread_;  // ranges, by their places in the plan
};

}  // namespace

Task<StatusOr<RepairOutcome>> UndoPlan(RepairTools tools, UndoRequest request) {
  UndoRun run(tools, std::move(request));
  co_return co_await run.Run();
}

}  // namespace twinwatch::app
