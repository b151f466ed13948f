// The ledger's part in a run of `verify`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/run_recorder.h"

namespace twinwatch::cli {

// A run that is to go on, and the ledger that holds it.
struct RunToResume {
  std::unique_ptr<ledger::Ledger> ledger;
  ledger::RunRecord record;
  app::VerifyRequest request;  // with its tables
};

// kNotFound lists the runs that could be gone on with.
StatusOr<RunToResume> LoadRunToResume(const std::string& ledger_path, const std::string& id);

class RememberedRun {
 public:
  // A ledger that cannot be used is said, and takes no verdict away. All goes to `next` too.
  void Begin(const std::string& ledger_path, app::RecordedRun run, VerifyObserver* next);

  // What the earlier process found goes to `next`, and of each table the first `max_kept` rows into
  // the result; what is left to do into the plans.
  StatusOr<std::vector<Finding>> Resume(RunToResume resume, app::RecordedRun run, size_t max_kept,
                                        std::vector<app::TablePlan>* plans, VerifyObserver* next);

  VerifyObserver* observer() { return observer_; }
  bool is_remembered() const { return recorder_ != nullptr; }
  ledger::Ledger* ledger() { return ledger_.get(); }

  void End(const VerifyResult& result);

 private:
  Status BeginAt(const std::string& path, app::RecordedRun run, VerifyObserver* next);

  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<app::RunRecorder> recorder_;
  VerifyObserver* observer_ = nullptr;
};

}  // namespace twinwatch::cli
