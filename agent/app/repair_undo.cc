#include "agent/app/repair_undo.h"

#include <memory>
#include <utility>

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
    parts.allow_compaction = request_.allow_compaction;
    parts.dry_run = !request_.execute;
    parts.observer = &recorder;
    CO_ASSIGN_OR_RETURN(UndoResult result, co_await Undo(std::move(parts)));
    outcome_.notes = std::move(result.notes);
    outcome_.markers = result.markers;
    outcome_.markers_left = std::move(result.markers_left);
    co_return std::move(outcome_);
  }

 private:
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
