// Keeps one link's tables verified: full passes within the freshness that is asked for, incremental
// passes in between, all paced. What they find and the marks they move are in the ledger, so a
// restart goes on with what is due.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/link.h"
#include "agent/app/verify_run.h"
#include "exporters/snapshot.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

class LinkVerifier {
 public:
  // `ledger` must outlive it. `changed` is called after something new was learnt.
  LinkVerifier(const Executor& executor, LinkSpec spec, VerifyConfig config, ledger::Ledger* ledger,
               std::function<void()> changed);

  // Runs until the io_context is stopped. Errors are logged, and tried again.
  void Start();

  std::vector<TableMarks> tables() const;
  const VerifyTotals& totals() const { return totals_; }
  const CollectorState& state() const { return state_; }

 private:
  Task<void> Passes();
  // The next pass that is due; how long to wait before the one after it.
  Task<StatusOr<absl::Duration>> NextPass();
  Task<Status> IncrementalPass(Link* link, std::vector<TableName> tables, absl::Time since);
  // Goes on with the one that a restart or an error broke off, where it is not too old.
  Task<Status> FullPass(Link* link, VerifyRequest request, std::vector<TablePlan> plans);
  StatusOr<std::optional<ledger::RunRecord>> BrokenOff(const Link& link,
                                                       const VerifyRequest& request);
  // `resume` may be null.
  Task<Status> Run(Link* link, VerifyRequest request, std::vector<TablePlan> plans,
                   const ledger::RunRecord* resume);
  VerifyRequest BaseRequest(const ClusterInfo& source) const;
  Status LoadMarks(const Link& link);
  void Note(const VerifyResult& result);

  Executor executor_;
  LinkSpec spec_;
  VerifyConfig config_;
  ledger::Ledger* ledger_;
  std::function<void()> changed_;
  std::map<TableName, TableMarks> tables_;
  ClusterInfo source_info_;
  ClusterInfo target_info_;
  absl::Time last_incremental_ = absl::InfinitePast();
  VerifyTotals totals_;
  CollectorState state_;
};

}  // namespace twinwatch::app
