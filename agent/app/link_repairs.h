// What operators see of one link's repairs, and want of them: the plan that stands, the repair that
// runs, those that ended. No I/O but that of `keep`, no clock.
//
// What has to outlive the agent is handed to `keep` before it counts: what could not be written
// down did not happen.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/job_owner.h"
#include "agent/app/repair_memory.h"
#include "agent/app/repair_policy.h"
#include "exporters/snapshot.h"
#include "verifier/repair/outcome.h"

namespace twinwatch::app {

class LinkRepairs : public JobOwner {
 public:
  using Keep = std::function<Status(const RepairMemory&)>;

  LinkRepairs(std::string link, RepairMode mode, RepairMemory memory, Keep keep);

  const RepairMemory& memory() const { return memory_; }
  const RepairTotals& totals() const { return totals_; }
  // For RepairPolicy.
  RepairFacts Facts(std::optional<DriftView> drift, std::optional<std::string> unfit) const;

  // A plan that stands from now on.
  Status Planned(StandingPlan plan);
  // The plan stands no more. One that was begun has failed.
  Status Withdraw(const std::string& why, absl::Time now);
  // What the policy says of the plan.
  void Show(RepairStep step, uint64_t bytes_per_second, absl::Time now);

  // From here on something may be written. `undo` is the command that takes it back.
  Status Begin(std::string undo, absl::Time now);
  void Progress(uint64_t rows_done, uint64_t rows, std::string_view doing, absl::Time now);
  void Sent(uint64_t bytes, absl::Time now);
  // It runs and waits, empty: it does not.
  void Waits(std::string why) { waits_ = std::move(why); }
  // It came to its end; whether well, its rows say.
  Status Ended(const RepairOutcome& outcome, absl::Time now);
  // It is left half way, and gone on with later.
  void Leave() { running_.reset(); }
  // It was broken off by an error, or because it was cancelled.
  Status BrokeOff(const Status& error, absl::Time now);

  bool runs() const { return running_.has_value(); }
  bool IsCancelled() const { return running_ && !running_->cancelled.empty(); }
  bool IsPaused() const { return memory_.plan && !memory_.plan->paused.empty(); }

  std::vector<Job> jobs() const override;
  StatusOr<Job> Find(std::string_view id) const override;
  // Kept: an agent that is started again does not go on with what somebody has paused.
  Status Pause(std::string_view id, std::string_view by, absl::Time now) override;
  Status Resume(std::string_view id, absl::Time now) override;
  // A plan that is not applied yet is thrown away.
  Status Cancel(std::string_view id, std::string_view by, absl::Time now) override;
  Status Approve(std::string_view id, std::string_view by, absl::Time now) override;

 private:
  struct Running {
    absl::Time begun;
    std::string undo;
    uint64_t rows = 0;
    uint64_t rows_done = 0;
    uint64_t bytes = 0;
    std::string doing;
    std::string cancelled;  // by whom and when
  };

  // Writes it down, then it counts.
  Status Become(RepairMemory memory);
  Job JobOf(const StandingPlan& plan) const;
  Job Current() const;
  void SetRunning(Job* job) const;
  std::string Summary(const StandingPlan& plan) const;
  Status Fail(Job job, std::string why, absl::Time now);
  void KeepEnded(Job job, absl::Time now);
  // The plan that stands under this id, or why nothing can be done with it.
  StatusOr<const StandingPlan*> Standing(std::string_view id, std::string_view to_do) const;

  std::string link_;
  RepairMode mode_;
  RepairMemory memory_;
  Keep keep_;
  RepairTotals totals_;
  RepairStep step_;
  std::optional<Running> running_;
  std::string waits_;
  uint64_t bytes_per_second_ = 0;
  absl::Time now_ = absl::InfinitePast();
  std::deque<Job> ended_;  // newest first
};

}  // namespace twinwatch::app
