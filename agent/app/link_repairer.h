// Repairs what a link's passes have proven to differ, as far as `links[].repair` lets it: makes
// plans, keeps them in the storage folder, and applies those that may be. One at a time. What it
// does next is decided by repair_policy.h; what operators see of it and want is in link_repairs.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/config.h"
#include "agent/app/link.h"
#include "agent/app/link_repairs.h"
#include "agent/app/link_verifier.h"
#include "agent/app/link_watch.h"
#include "agent/app/repair_policy.h"
#include "exporters/repair_plan_json.h"
#include "exporters/snapshot.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

// All must outlive the repairer.
struct RepairerParts {
  Executor executor;
  LinkSpec spec;
  RepairConfig config;
  std::string storage_folder;
  std::string config_file;  // where the link is from: plans name it
  ledger::Ledger* ledger = nullptr;
  LinkVerifier* verifier = nullptr;
  const LinkWatch* watch = nullptr;
  std::function<void()> changed;  // called after something new was learnt
};

class LinkRepairer {
 public:
  explicit LinkRepairer(const RepairerParts& parts);

  // Runs until the io_context is stopped. Errors are logged, and tried again.
  void Start();
  // A repair ends between two batches; the next agent goes on with it.
  void Stop() { stopped_ = true; }
  bool IsIdle() const { return !repairs_.runs(); }

  LinkRepairs& repairs() { return repairs_; }
  const LinkRepairs& repairs() const { return repairs_; }
  // As of `now`: that nothing is to be done is a success.
  CollectorState state(absl::Time now) const;

 private:
  class Observer;

  LinkRepairer(RepairerParts parts, StatusOr<RepairMemory> recalled);
  Task<void> Run();
  Task<Status> Turn();
  // Reads the ledger where a pass has ended, or a repair, since the last call.
  Status LookAtDrift();
  std::optional<std::string> Unfit() const;
  Task<Status> MakePlan();
  Task<Status> Apply();
  Task<Status> ApplyTo(std::shared_ptr<Link> link, std::string text,
                       std::shared_ptr<const ParsedPlan> plan);
  Status NoteEnd(const StatusOr<RepairOutcome>& outcome);
  uint64_t Rate() const { return parts_.verifier->jobs().rate().verify_bytes_per_second; }
  void Note(const Status& status);

  RepairerParts parts_;
  RepairPolicy policy_;
  Status remembers_;  // what it should remember could be read
  LinkRepairs repairs_;
  std::optional<DriftView> drift_;
  std::vector<TableName> drifting_;
  uint64_t drifting_rows_ = 0;
  uint64_t passes_seen_ = 0;
  uint64_t no_plan_after_ = 0;  // so many passes: all rows were the same by then
  bool look_again_ = false;
  bool stopped_ = false;
  RepairStep last_step_;
  CollectorState state_;
};

}  // namespace twinwatch::app
