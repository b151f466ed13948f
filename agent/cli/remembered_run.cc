#include "agent/cli/remembered_run.h"

#include <map>
#include <utility>

#include "agent/app/request_text.h"
#include "agent/cli/terminal.h"

namespace twinwatch::cli {
namespace {

void Say(const Status& status) { PrintError(Annotate(status, "this run is not remembered")); }

}  // namespace

StatusOr<RunToResume> LoadRunToResume(const std::string& ledger_path, const std::string& id) {
  RunToResume resume;
  ASSIGN_OR_RETURN(resume.ledger, ledger::Ledger::Open(ledger_path, ledger::OpenMode::kExisting));
  ASSIGN_OR_RETURN(resume.record, resume.ledger->LoadRun(id));
  StatusOr<app::VerifyRequest> request = app::RequestOf(resume.record.options);
  if (!request.ok()) return Annotate(request.status(), "run " + id);
  resume.request = *std::move(request);
  for (const ledger::TableProgress& table : resume.record.tables)
    resume.request.tables.push_back(table.table);
  return resume;
}

void RememberedRun::Begin(const std::string& ledger_path, app::RecordedRun run,
                          VerifyObserver* next) {
  observer_ = next;
  // Copies under another name, and a cluster compared with itself, are no pair's drift.
  if (run.tables.empty() || run.pair.source_id == run.pair.target_id) return;
  const Status status = BeginAt(ledger_path, std::move(run), next);
  if (!status.ok()) Say(status);
}

Status RememberedRun::BeginAt(const std::string& path, app::RecordedRun run, VerifyObserver* next) {
  ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(path, ledger::OpenMode::kCreate));
  ASSIGN_OR_RETURN(recorder_, app::RunRecorder::Begin(ledger_.get(), std::move(run), next));
  observer_ = recorder_.get();
  return absl::OkStatus();
}

StatusOr<std::vector<Finding>> RememberedRun::Resume(RunToResume resume, app::RecordedRun run,
                                                     size_t max_kept,
                                                     std::vector<app::TablePlan>* plans,
                                                     VerifyObserver* next) {
  ledger_ = std::move(resume.ledger);
  ASSIGN_OR_RETURN(recorder_,
                   app::RunRecorder::Resume(ledger_.get(), std::move(run), resume.record, next));
  observer_ = recorder_.get();
  for (app::TablePlan& plan : *plans) plan.resume = recorder_->ProgressOf(plan.pair.source_table);
  std::vector<Finding> kept;
  std::map<TableName, size_t> kept_of_table;
  RETURN_IF_ERROR(recorder_->VisitToldBefore([&](const Finding& finding) {
    next->OnFinding(finding);
    if (kept_of_table[finding.table]++ < max_kept) kept.push_back(finding);
  }));
  return kept;
}

void RememberedRun::End(const VerifyResult& result) {
  if (!recorder_) return;
  if (const Status status = recorder_->End(result); !status.ok()) Say(status);
}

}  // namespace twinwatch::cli
