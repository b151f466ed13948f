#include "agent/app/link_jobs.h"

#include <algorithm>
#include <numeric>

#include "agent/core/utc.h"

namespace twinwatch::app {
namespace {

constexpr size_t kEndedOfAKind = 30;
// Batches are small and come at intervals: over less the rate would jump.
constexpr absl::Duration kRateOver = absl::Seconds(10);
// Time left is no guess from the first batches.
constexpr absl::Duration kLeastMeasured = absl::Seconds(5);

std::string_view NameOf(JobKind kind) {
  return kind == JobKind::kFullPass ? "full" : "incremental";
}

}  // namespace

LinkJobs::LinkJobs(std::string link, const VerifyConfig& config, absl::TimeZone zone)
    : link_(std::move(link)),
      configured_rate_(config.rate_bytes_per_second),
      rate_(config.rate_bytes_per_second),
      incremental_(config.incremental),
      pacing_(link_, config, zone) {}

void LinkJobs::Begin(JobKind kind, JobPlan plan, absl::Time now) {
  // A run that is gone on with is the job that it was.
  std::erase_if(ended_, [&plan](const Job& job) { return job.id == plan.id; });
  RunningOf(kind) = Running();
  Running& running = *RunningOf(kind);
  running.job.id = std::move(plan.id);
  running.job.link = link_;
  running.job.kind = kind;
  running.job.started = plan.started;
  running.job.tables = plan.tables.size();
  running.tables = std::move(plan.tables);
  running.bytes_before = pacing_.governor(kind).bytes_taken();
  running.bytes_at.emplace_back(now, 0);
  running.measured_from = now;
}

void LinkJobs::At(Running* running, const TableName& table) {
  const auto& tables = running->tables;
  if (running->at < tables.size() && tables[running->at].table == table) return;
  const auto it = std::find_if(tables.begin(), tables.end(),
                               [&table](const JobTable& one) { return one.table == table; });
  if (it == tables.end()) return;
  running->at = static_cast<size_t>(it - tables.begin());
  running->fraction = 0;
  running->rows_before += std::exchange(running->rows, 0);
  running->waiting.clear();
}

void LinkJobs::Progress(JobKind kind, const TableName& table, double fraction,
                        std::string_view waiting) {
  std::optional<Running>& running = RunningOf(kind);
  if (!running) return;
  At(&*running, table);
  running->waiting = waiting;
  // While it waits it does not know how far it is.
  running->fraction = std::max(running->fraction, fraction);
}

void LinkJobs::Rows(JobKind kind, const TableName& table, uint64_t rows) {
  std::optional<Running>& running = RunningOf(kind);
  if (!running) return;
  At(&*running, table);
  running->rows = std::max(running->rows, rows);
}

std::optional<double> LinkJobs::FractionOf(const Running& running) {
  const auto& tables = running.tables;
  if (tables.empty()) return std::nullopt;
  if (tables.size() == 1) return running.fraction;
  double all = 0, done = 0;
  for (size_t i = 0; i < tables.size(); ++i) {
    if (tables[i].regions == 0) return std::nullopt;
    const auto regions = static_cast<double>(tables[i].regions);
    all += regions;
    if (i < running.at) done += regions;
    if (i == running.at) done += regions * running.fraction;
  }
  return done / all;
}

std::string LinkJobs::Until(JobKind kind) const {
  return fmt::format("no {} pass begins before {}", NameOf(kind), ToRfc3339(NotBefore(kind)));
}

Job LinkJobs::Now(const Running& running) const {
  Job job = running.job;
  const Governor& governor = pacing_.governor(job.kind);
  job.tables_done = running.at;
  if (running.at < running.tables.size()) job.table = running.tables[running.at].table.ToString();
  job.fraction = FractionOf(running);
  job.rows = running.rows_before + running.rows;
  job.bytes = governor.bytes_taken() - running.bytes_before;
  job.limit_bytes_per_second = rate_;
  const auto& [since, bytes_then] = running.bytes_at.front();
  if (now_ > since) {
    job.bytes_per_second = static_cast<double>(running.bytes_at.back().second - bytes_then) /
                           absl::ToDoubleSeconds(now_ - since);
  }
  if (!running.cancelled.empty()) {
    job.why = fmt::format("{}; it ends within seconds, and {}", running.cancelled, Until(job.kind));
  } else if (governor.paused()) {
    job.state = pacing_.IsHeld(job.kind) ? JobState::kPaused : JobState::kWaiting;
    job.why = governor.paused();
  } else if (!running.waiting.empty()) {
    job.state = JobState::kWaiting;
    job.why = running.waiting;
  }
  const absl::Duration measured = now_ - running.measured_from;
  if (job.state == JobState::kRunning && job.fraction && running.measured_fraction &&
      measured >= kLeastMeasured && *job.fraction > *running.measured_fraction) {
    job.left = measured * ((1 - *job.fraction) / (*job.fraction - *running.measured_fraction));
  }
  return job;
}

void LinkJobs::Look(std::optional<absl::Duration> lag, absl::Time now) {
  pacing_.Look(lag, now);
  now_ = now;
  for (std::optional<Running>& running : running_)
    if (running) Measure(&*running, now);
}

void LinkJobs::Measure(Running* running, absl::Time now) {
  const Governor& governor = pacing_.governor(running->job.kind);
  running->bytes_at.emplace_back(now, governor.bytes_taken() - running->bytes_before);
  while (running->bytes_at.size() > 2 && now - running->bytes_at[1].first >= kRateOver)
    running->bytes_at.pop_front();
  if (governor.paused() || !running->measured_fraction) {
    running->measured_from = now;
    running->measured_fraction = FractionOf(*running);
  }
}

void LinkJobs::End(JobKind kind, const Status& status, std::string verdict, absl::Time now) {
  std::optional<Running>& running = RunningOf(kind);
  if (!running) return;
  Job job = Now(*running);
  job.ended = now;
  job.table.reset();
  job.bytes_per_second.reset();
  job.limit_bytes_per_second.reset();
  job.left.reset();
  job.why.reset();
  if (!verdict.empty()) job.verdict = std::move(verdict);
  if (status.ok()) {
    job.state = JobState::kDone;
    job.tables_done = job.tables;
    job.fraction = 1;
  } else if (!running->cancelled.empty()) {
    job.state = JobState::kCancelled;
    job.why = fmt::format("{}; {}", running->cancelled, Until(kind));
  } else {
    job.state = JobState::kFailed;
    job.why = std::string(Text(status));
  }
  running.reset();
  Keep(std::move(job));
}

void LinkJobs::Keep(Job job) {
  const JobKind kind = job.kind;
  ended_.push_front(std::move(job));
  size_t kept = 0;
  std::erase_if(
      ended_, [&kept, kind](const Job& one) { return one.kind == kind && ++kept > kEndedOfAKind; });
}

std::vector<Job> LinkJobs::jobs() const {
  std::vector<Job> all;
  for (const std::optional<Running>& running : running_)
    if (running) all.push_back(Now(*running));
  all.insert(all.end(), ended_.begin(), ended_.end());
  return all;
}

StatusOr<Job> LinkJobs::Find(std::string_view id) const {
  for (Job& job : jobs())
    if (job.id == id) return std::move(job);
  return Error(absl::StatusCode::kNotFound,
               "there is no job \"{}\": twinwatch jobs lists those that there are", id);
}

StatusOr<LinkJobs::Running*> LinkJobs::Find(std::string_view id, std::string_view to_do) {
  ASSIGN_OR_RETURN(const Job job, Find(id));
  std::optional<Running>& running = RunningOf(job.kind);
  if (job.HasEnded() || !running) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "job {} has ended ({}): there is nothing to {}", id, ToString(job.state), to_do);
  }
  if (!running->cancelled.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "job {} was {}: there is nothing to {}", id,
                 running->cancelled, to_do);
  }
  return &*running;
}

Status LinkJobs::Pause(std::string_view id, std::string_view by, absl::Time now) {
  ASSIGN_OR_RETURN(const Running* running, Find(id, "pause"));
  const JobKind kind = running->job.kind;
  if (pacing_.IsHeld(kind)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "job {} is {} already: twinwatch jobs resume {} lets it go on", id,
                 pacing_.governor(kind).paused().value_or("paused"), id);
  }
  pacing_.Hold(kind, fmt::format("paused by {} at {}", by, ToRfc3339(now)), now);
  return absl::OkStatus();
}

Status LinkJobs::Resume(std::string_view id, absl::Time now) {
  ASSIGN_OR_RETURN(const Running* running, Find(id, "resume"));
  const JobKind kind = running->job.kind;
  if (!pacing_.IsHeld(kind)) {
    const std::optional<std::string>& waits = pacing_.governor(kind).paused();
    return Error(absl::StatusCode::kFailedPrecondition,
                 "job {} was paused by nobody{}: there is nothing to resume", id,
                 waits ? fmt::format("; it waits by itself, because {}", *waits) : "");
  }
  pacing_.LetGo(kind, now);
  return absl::OkStatus();
}

Status LinkJobs::Cancel(std::string_view id, std::string_view by, absl::Time now) {
  ASSIGN_OR_RETURN(Running* const running, Find(id, "cancel"));
  const JobKind kind = running->job.kind;
  running->cancelled = fmt::format("cancelled by {} at {}", by, ToRfc3339(now));
  not_before_[Index(kind)] = now + (kind == JobKind::kFullPass ? kAfterCancel : incremental_);
  pacing_.Cancel(kind, running->cancelled);
  return absl::OkStatus();
}

Status LinkJobs::Approve(std::string_view id, std::string_view, absl::Time) {
  RETURN_IF_ERROR(Find(id).status());
  return Error(absl::StatusCode::kFailedPrecondition,
               "job {} awaits no approval: it only reads. There is nothing to approve", id);
}

void LinkJobs::SetRate(uint64_t server_bytes_per_second) {
  rate_ = server_bytes_per_second;
  pacing_.SetRate(server_bytes_per_second);
  // What was measured before says nothing of the time left now.
  for (std::optional<Running>& running : running_)
    if (running) running->measured_fraction.reset();
}

}  // namespace twinwatch::app
