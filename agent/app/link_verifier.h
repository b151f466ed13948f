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
#include "agent/app/link_jobs.h"
#include "agent/app/verify_run.h"
#include "exporters/snapshot.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

class LinkVerifier {
 public:
  // `lag` says how far replication is behind, as far as that is known. May be none.
  using Lag = std::function<std::optional<absl::Duration>()>;

  // `ledger` must outlive it. `changed` is called after something new was learnt.
  LinkVerifier(const Executor& executor, LinkSpec spec, VerifyConfig config, ledger::Ledger* ledger,
               Lag lag, std::function<void()> changed);

  // Runs until the io_context is stopped. Errors are logged, and tried again.
  void Start();
  // Scans end within a second, what they have not read is recorded as unverified, and no pass
  // begins any more.
  void Stop() { jobs_.pacing().Stop(); }
  bool IsIdle() const { return jobs_.pacing().IsIdle(); }

  // The passes, and what operators may do with them.
  LinkJobs& jobs() { return jobs_; }
  const LinkJobs& jobs() const { return jobs_; }

  // Passes that ended, well or not, and are in the ledger; since the agent was started.
  uint64_t passes_ended() const { return passes_ended_; }
  // What is known of the tables, from the ledger again: somebody else has written to it.
  Status ReadMarks();
  // The same, if somebody has: a command, or another process that shares it. What nothing was known
  // of before is looked up by the names of the clusters.
  Status LookAtLedger();
  // Who answers there now; none: nobody does. What is remembered of others is not this link's.
  void SidesAre(const std::optional<std::string>& source_id,
                const std::optional<std::string>& target_id);

  // As of `now`.
  std::vector<TableMarks> tables(absl::Time now) const;
  // Of the ledger; 0 while nothing is known of these clusters. Until both have answered, the pair
  // that was last seen where they are.
  ledger::PairId pair() const { return pair_.id; }
  // None: no comparison has ended, so no drift is known, nor that there is none.
  const std::optional<DriftCounts>& ever_drifted() const { return ever_drifted_; }
  // Of the latest full passes that began within `verify.freshness`; none: there was none.
  std::optional<RangeStates> ranges() const;
  const VerifyTotals& totals() const { return totals_; }
  const CollectorState& state() const { return state_; }

 private:
  Task<void> Passes();
  // Pauses what runs, and lets it go on.
  Task<void> Pace();
  // Runs an incremental pass if one is due, or begins a full one. How long to wait before the next
  // call.
  Task<StatusOr<absl::Duration>> NextPass();
  // Of a table that was dropped on the target nothing hides there any more.
  Task<Status> ForgetDropped(Link* link);
  // Looks for cells of the future in all tables, once in each interval of incremental passes. What
  // fails is logged, and holds up no pass.
  Task<void> AuditIfDue(const std::vector<TablePlan>* plans);
  Task<void> FullPass(std::shared_ptr<Link> link, VerifyRequest request,
                      std::vector<TablePlan> plans);
  Task<Status> IncrementalPass(Link* link, std::vector<TableName> tables, absl::Time since);
  // Goes on with the one that a restart or an error broke off, where it is not too old.
  Task<Status> RunFull(Link* link, VerifyRequest request, std::vector<TablePlan> plans);
  StatusOr<std::optional<ledger::RunRecord>> BrokenOff(const VerifyRequest& request,
                                                       const std::vector<TablePlan>& plans);
  // `resume` may be null.
  Task<Status> Run(Link* link, VerifyRequest request, std::vector<TablePlan> plans,
                   const ledger::RunRecord* resume);
  VerifyRequest BaseRequest() const;
  Status LoadMarks(const Link& link);
  Status Recall();
  void Forget();
  void Follow();
  // After a turn that has not heard from both clusters: whether one is another by now.
  Task<void> AskWhoAnswers();
  void Note(const VerifyResult& result);
  class FullPassObserver;
  // `cancelled`: an operator ended it, which is no failure.
  void Ended(const Status& status, bool cancelled);

  Executor executor_;
  LinkSpec spec_;
  VerifyConfig config_;
  ledger::Ledger* ledger_;
  Lag lag_;
  std::function<void()> changed_;
  std::map<TableName, TableMarks> tables_;
  std::map<TableName, std::map<std::string, ledger::PassRanges>> passes_;  // by run
  std::map<TableName, absl::Time> in_scope_;  // since when, as far as this process knows
  std::optional<DriftCounts> ever_drifted_;
  ledger::Pair pair_;        // of this link; its id is 0 while none is known
  bool identified_ = false;  // both clusters have said who they are, this turn
  bool replaced_ = false;    // others answer there: only they can say which pair this is now
  std::optional<int64_t> ledger_version_;
  absl::Time look_at_ledger_ = absl::InfinitePast();
  std::string ledger_error_;
  ClusterInfo source_info_;
  ClusterInfo target_info_;
  LinkJobs jobs_;
  absl::Time full_not_before_ = absl::InfinitePast();
  absl::Time last_incremental_ = absl::InfinitePast();
  absl::Time last_audit_ = absl::InfinitePast();
  VerifyTotals totals_;
  uint64_t passes_ended_ = 0;
  CollectorState state_;
};

}  // namespace twinwatch::app
