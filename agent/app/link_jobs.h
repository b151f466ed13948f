// What the agent does for one link, and what operators want of it: the passes that run, those that
// ended, how fast they may read. No clock, no I/O.
//
// A pass is known to Pacing from its begin, and is a job here from the moment on at which its run
// has an id. Of each kind at most one runs.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/app/job_owner.h"
#include "agent/app/pacing.h"
#include "agent/core/table_name.h"
#include "exporters/job.h"

namespace twinwatch::app {

// After a full pass was cancelled none begins for so long; after an incremental one none for
// verify.incremental. Forgotten when the agent is started again.
inline constexpr absl::Duration kAfterCancel = absl::Hours(1);

struct JobTable {
  TableName table;
  uint64_t regions = 0;  // how much of the job it is; 0: not known
};

struct JobPlan {
  std::string id;
  absl::Time started;  // by an earlier process, where it is resumed
  std::vector<JobTable> tables;
};

class LinkJobs : public JobOwner {
 public:
  LinkJobs(std::string link, const VerifyConfig& config, absl::TimeZone zone);

  Pacing& pacing() { return pacing_; }
  const Pacing& pacing() const { return pacing_; }

  void Begin(JobKind kind, JobPlan plan, absl::Time now);
  // Of the table that is read: how much of it is done, and for what it waits (empty: for nothing).
  void Progress(JobKind kind, const TableName& table, double fraction, std::string_view waiting);
  // Rows of the table that were compared; numbers that are smaller than before are passed over.
  void Rows(JobKind kind, const TableName& table, uint64_t rows);
  // `verdict` is empty when none was reached.
  void End(JobKind kind, const Status& status, std::string verdict, absl::Time now);
  // Every second: paces the passes, as Pacing::Look, and measures rates.
  void Look(std::optional<absl::Duration> lag, absl::Time now);

  // Those that run first, then those that ended, newest first; of each kind the last thirty.
  std::vector<Job> jobs() const override;
  // kNotFound for an id that is none of them.
  StatusOr<Job> Find(std::string_view id) const override;

  // For an operator, `by`. kNotFound, or kFailedPrecondition when the job is in no state for it;
  // messages say what to do.
  Status Pause(std::string_view id, std::string_view by, absl::Time now) override;
  Status Resume(std::string_view id, absl::Time now) override;
  Status Cancel(std::string_view id, std::string_view by, absl::Time now) override;
  // No pass waits for approval.
  Status Approve(std::string_view id, std::string_view by, absl::Time now) override;

  // Earlier than that no pass of this kind may begin, because one was cancelled.
  absl::Time NotBefore(JobKind kind) const { return not_before_[Index(kind)]; }

  const std::string& link() const { return link_; }
  LinkRate rate() const { return {link_, rate_, configured_rate_}; }
  // For what runs, too.
  void SetRate(uint64_t server_bytes_per_second);

 private:
  struct Running {
    Job job;
    std::vector<JobTable> tables;
    size_t at = 0;  // of `tables`: what is read
    double fraction = 0;
    uint64_t rows_before = 0;  // of the tables before that
    uint64_t rows = 0;
    uint64_t bytes_before = 0;  // what its governor had let through when it began
    std::string waiting;
    std::string cancelled;                                 // by whom; empty: it is not
    std::deque<std::pair<absl::Time, uint64_t>> bytes_at;  // of the last seconds
    // From where time left is reckoned: since then it has run without a break at one rate.
    absl::Time measured_from;
    std::optional<double> measured_fraction;
  };

  static size_t Index(JobKind kind) { return kind == JobKind::kFullPass ? 0 : 1; }
  std::optional<Running>& RunningOf(JobKind kind) { return running_[Index(kind)]; }
  // Goes on to that table if another one was read.
  static void At(Running* running, const TableName& table);
  static std::optional<double> FractionOf(const Running& running);
  // What is said of a cancelled one.
  std::string Until(JobKind kind) const;
  Job Now(const Running& running) const;
  void Measure(Running* running, absl::Time now);
  void Keep(Job job);
  // The running one of that id, or why there is none.
  StatusOr<Running*> Find(std::string_view id, std::string_view to_do);

  std::string link_;
  uint64_t configured_rate_;
  uint64_t rate_;
  absl::Duration incremental_;
  Pacing pacing_;
  absl::Time now_ = absl::InfinitePast();  // of the latest Look
  std::optional<Running> running_[2];
  absl::Time not_before_[2] = {absl::InfinitePast(), absl::InfinitePast()};
  std::deque<Job> ended_;  // newest first
};

}  // namespace twinwatch::app
