#include "agent/app/link_repairs.h"

#include <algorithm>
#include <utility>

#include "agent/core/utc.h"
#include "exporters/text_format.h"

namespace twinwatch::app {
namespace {

using Kind = RepairStep::Kind;

constexpr size_t kEndedKept = 30;
// Time left is no guess from the first batches.
constexpr absl::Duration kLeastMeasured = absl::Seconds(5);

std::string ByAt(std::string_view what, std::string_view by, absl::Time now) {
  return fmt::format("{}{}{} at {}", what, what.empty() ? "" : " by ", by, ToRfc3339(now));
}

Job FailedJob(const std::string& link, const FailedRepair& failed) {
  Job job;
  job.id = RepairName(failed.digest);
  job.link = link;
  job.kind = JobKind::kRepair;
  job.state = JobState::kFailed;
  job.why = failed.why;
  job.started = failed.made;
  job.ended = failed.ended;
  job.plan = failed.digest;
  return job;
}

std::string FirstOf(const std::vector<RowNote>& notes) {
  if (notes.empty()) return "";
  return fmt::format("; the first is in {}: {}", notes[0].table.ToString(), notes[0].why);
}

}  // namespace

LinkRepairs::LinkRepairs(std::string link, RepairMode mode, RepairMemory memory, Keep keep)
    : link_(std::move(link)), mode_(mode), memory_(std::move(memory)), keep_(std::move(keep)) {
  if (memory_.failed) ended_.push_front(FailedJob(link_, *memory_.failed));
}

Status LinkRepairs::Become(RepairMemory memory) {
  RETURN_IF_ERROR(keep_(memory));
  memory_ = std::move(memory);
  return absl::OkStatus();
}

RepairFacts LinkRepairs::Facts(std::optional<DriftView> drift,
                               std::optional<std::string> unfit) const {
  RepairFacts facts;
  if (const auto& plan = memory_.plan) {
    facts.plan = KnownPlan{plan->made,
                           plan->drift,
                           plan->rows,
                           plan->bytes,
                           plan->removes,
                           plan->compacts,
                           !plan->approved_by.empty(),
                           plan->begun};
    facts.paused = plan->paused;
  }
  facts.drift = std::move(drift);
  facts.unfit = std::move(unfit);
  facts.failures = memory_.failures;
  facts.broke_off = memory_.broke_off.value_or(absl::InfinitePast());
  facts.cancelled = memory_.cancelled;
  facts.rejected = memory_.rejected;
  return facts;
}

Status LinkRepairs::Planned(StandingPlan plan) {
  RepairMemory memory = memory_;
  memory.plan = std::move(plan);
  step_ = RepairStep{Kind::kShow, ""};
  return Become(std::move(memory));
}

void LinkRepairs::Show(RepairStep step, uint64_t bytes_per_second, absl::Time now) {
  step_ = std::move(step);
  bytes_per_second_ = bytes_per_second;
  now_ = now;
}

std::string LinkRepairs::Summary(const StandingPlan& plan) const {
  std::string text =
      fmt::format("{}, {}", Plural(plan.rows, "row", "rows"), HumanBytes(plan.bytes));
  if (plan.refused > 0) {
    text += fmt::format(", and {} that cannot be repaired, the first {}",
                        Plural(plan.refused, "row", "rows"), plan.first_refusal);
  }
  return text;
}

Job LinkRepairs::JobOf(const StandingPlan& plan) const {
  Job job;
  job.id = RepairName(plan.digest);
  job.link = link_;
  job.kind = JobKind::kRepair;
  job.started = plan.made;
  job.tables = plan.tables;
  job.plan = plan.digest;
  job.plan_file = plan.file;
  if (!plan.approved_by.empty()) job.approved_by = plan.approved_by;
  return job;
}

void LinkRepairs::SetRunning(Job* job) const {
  const Running& running = *running_;
  job->state = JobState::kRunning;
  job->rows = running.rows_done;
  job->bytes = running.bytes;
  job->limit_bytes_per_second = bytes_per_second_;
  if (running.rows > 0) {
    job->fraction =
        std::min(1.0, static_cast<double>(running.rows_done) / static_cast<double>(running.rows));
  }
  const absl::Duration ran = now_ - running.begun;
  if (ran > absl::ZeroDuration())
    job->bytes_per_second = static_cast<double>(running.bytes) / absl::ToDoubleSeconds(ran);
  if (!running.cancelled.empty()) {
    job->why = running.cancelled + "; it ends between two batches";
  } else if (IsPaused()) {
    job->state = JobState::kPaused;
    job->why = memory_.plan->paused;
  } else if (!waits_.empty()) {
    job->state = JobState::kWaiting;
    job->why = waits_;
  } else if (!running.doing.empty()) {
    job->why = running.doing;
  }
  if (job->state == JobState::kRunning && job->fraction && *job->fraction > 0 &&
      ran >= kLeastMeasured)
    job->left = ran * ((1 - *job->fraction) / *job->fraction);
}

Job LinkRepairs::Current() const {
  const StandingPlan& plan = *memory_.plan;
  Job job = JobOf(plan);
  if (running_) {
    SetRunning(&job);
    return job;
  }
  const std::string summary = Summary(plan);
  switch (step_.kind) {
    case Kind::kAwaitApproval:
      job.state = JobState::kAwaitingApproval;
      job.why = fmt::format(
          "it waits for approval, because {}: {}; what it would write is shown by "
          "twinwatch repair apply {}",
          step_.why, summary, plan.file);
      break;
    case Kind::kWait:
    case Kind::kApply:
      job.state = IsPaused() ? JobState::kPaused : JobState::kWaiting;
      job.why = step_.why.empty() ? "it is about to begin"
                                  : fmt::format("{}; planned: {}", step_.why, summary);
      break;
    case Kind::kNothing:
    case Kind::kMakePlan:
    case Kind::kThrowAway:
    case Kind::kShow:
      job.state = JobState::kPlanned;
      job.why = plan.rows == 0
                    ? fmt::format("nothing of it can be repaired by the agent: {}", summary)
                    : fmt::format("{}planned: {}: twinwatch repair apply {}",
                                  step_.why.empty() ? "" : step_.why + "; ", summary, plan.file);
      break;
  }
  return job;
}

Status LinkRepairs::Begin(std::string undo, absl::Time now) {
  RepairMemory memory = memory_;
  memory.plan->begun = true;
  RETURN_IF_ERROR(Become(std::move(memory)));
  running_ = Running();
  running_->begun = now;
  running_->undo = std::move(undo);
  waits_.clear();
  now_ = now;
  return absl::OkStatus();
}

void LinkRepairs::Progress(uint64_t rows_done, uint64_t rows, std::string_view doing,
                           absl::Time now) {
  if (!running_) return;
  running_->rows_done = std::max(running_->rows_done, rows_done);
  running_->rows = rows;
  running_->doing = doing;
  now_ = now;
}

void LinkRepairs::Sent(uint64_t bytes, absl::Time now) {
  if (!running_) return;
  running_->bytes += bytes;
  now_ = now;
}

void LinkRepairs::KeepEnded(Job job, absl::Time now) {
  job.ended = now;
  job.bytes_per_second.reset();
  job.limit_bytes_per_second.reset();
  job.left.reset();
  // A plan that is thrown away may come again.
  std::erase_if(ended_, [&job](const Job& other) { return other.id == job.id; });
  ended_.push_front(std::move(job));
  if (ended_.size() > kEndedKept) ended_.pop_back();
}

Status LinkRepairs::Fail(Job job, std::string why, absl::Time now) {
  RepairMemory memory = memory_;
  memory.failed = FailedRepair{memory.plan->digest, memory.plan->made, now, why};
  memory.plan.reset();
  ++memory.failures;
  memory.broke_off = now;
  job.state = JobState::kFailed;
  job.why = std::move(why);
  running_.reset();
  KeepEnded(std::move(job), now);
  // It has ended, whatever becomes of the note: an agent that is started again finds it begun.
  const Status kept = keep_(memory);
  memory_ = std::move(memory);
  return kept;
}

Status LinkRepairs::Withdraw(const std::string& why, absl::Time now) {
  Job job = JobOf(*memory_.plan);
  if (memory_.plan->begun) return Fail(std::move(job), why, now);
  RepairMemory memory = memory_;
  memory.plan.reset();
  RETURN_IF_ERROR(Become(std::move(memory)));
  job.state = JobState::kCancelled;
  job.why = why;
  KeepEnded(std::move(job), now);
  return absl::OkStatus();
}

Status LinkRepairs::Ended(const RepairOutcome& outcome, absl::Time now) {
  Job job = JobOf(*memory_.plan);
  SetRunning(&job);
  totals_.rows_written += outcome.rows_written;
  totals_.rows_left += outcome.rows_left;
  totals_.rows_differ += outcome.rows_differ;
  job.fraction = 1;
  std::string why = fmt::format("{} written", Plural(outcome.rows_written, "row", "rows"));
  if (outcome.rows_left > 0) {
    why += fmt::format(", {} left alone or written in part{}", WithThousands(outcome.rows_left),
                       FirstOf(outcome.left));
  }
  const std::string undo = "; undo: " + running_->undo;
  if (outcome.rows_differ > 0) {
    job.verdict = "drift";
    why += fmt::format("; {} still{}", Plural(outcome.rows_differ, "row differs", "rows differ"),
                       FirstOf(outcome.differ));
    return Fail(std::move(job), why + undo, now);
  }
  if (outcome.rows_unknown > 0) {
    job.verdict = "unknown";
    why += fmt::format("; whether {} the same now could not be told: {}",
                       Plural(outcome.rows_unknown, "row is", "rows are"), outcome.why_unknown);
    return Fail(std::move(job), why + undo, now);
  }
  if (outcome.rows_left > 0) job.verdict = "unknown";
  if (outcome.rows_left > 0 && outcome.rows_written == 0)
    return Fail(std::move(job), why + undo, now);
  RepairMemory memory;  // nothing of what was before counts any more
  // What is left is planned once more when a pass has found it again, not at once.
  if (outcome.rows_left > 0) memory.broke_off = now;
  job.state = JobState::kDone;
  if (outcome.rows_left == 0) job.verdict = "same";
  job.why = why + undo;
  running_.reset();
  KeepEnded(std::move(job), now);
  const Status kept = keep_(memory);
  memory_ = std::move(memory);
  return kept;
}

Status LinkRepairs::BrokeOff(const Status& error, absl::Time now) {
  Job job = JobOf(*memory_.plan);
  SetRunning(&job);
  const std::string undo = "; undo: " + running_->undo;
  const std::string cancelled = running_->cancelled;
  if (cancelled.empty()) return Fail(std::move(job), std::string(Text(error)) + undo, now);
  RepairMemory memory = memory_;
  memory.rejected = memory.plan->drift;
  memory.plan.reset();
  memory.broke_off = now;
  memory.cancelled = cancelled;
  job.state = JobState::kCancelled;
  job.why = cancelled + undo;
  running_.reset();
  KeepEnded(std::move(job), now);
  const Status kept = keep_(memory);
  memory_ = std::move(memory);
  return kept;
}

std::vector<Job> LinkRepairs::jobs() const {
  std::vector<Job> all;
  if (memory_.plan) all.push_back(Current());
  for (const Job& job : ended_)
    if (all.empty() || job.id != all.front().id) all.push_back(job);
  return all;
}

StatusOr<Job> LinkRepairs::Find(std::string_view id) const {
  for (Job& job : jobs())
    if (job.id == id) return std::move(job);
  return Error(absl::StatusCode::kNotFound,
               "there is no job \"{}\": twinwatch jobs lists those that there are", id);
}

StatusOr<const StandingPlan*> LinkRepairs::Standing(std::string_view id,
                                                    std::string_view to_do) const {
  ASSIGN_OR_RETURN(const Job job, Find(id));
  if (job.HasEnded()) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "job {} has ended ({}): there is nothing to {}", id, ToString(job.state), to_do);
  }
  if (IsCancelled()) {
    return Error(absl::StatusCode::kFailedPrecondition, "job {} was {}: there is nothing to {}", id,
                 running_->cancelled, to_do);
  }
  return &*memory_.plan;
}

Status LinkRepairs::Pause(std::string_view id, std::string_view by, absl::Time now) {
  ASSIGN_OR_RETURN(const StandingPlan* plan, Standing(id, "pause"));
  if (!plan->paused.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "job {} is {} already: twinwatch jobs resume {} lets it go on", id, plan->paused,
                 id);
  }
  if (!running_ && step_.kind != Kind::kWait && step_.kind != Kind::kApply) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "job {} is {}: nothing of it runs that could be paused. twinwatch jobs cancel {} "
                 "throws the plan away",
                 id, ToString(Current().state), id);
  }
  RepairMemory memory = memory_;
  memory.plan->paused = ByAt("paused", by, now);
  return Become(std::move(memory));
}

Status LinkRepairs::Resume(std::string_view id, absl::Time) {
  ASSIGN_OR_RETURN(const StandingPlan* plan, Standing(id, "resume"));
  if (plan->paused.empty()) {
    const Job job = Current();
    return Error(absl::StatusCode::kFailedPrecondition,
                 "job {} was paused by nobody{}: there is nothing to resume", id,
                 job.why ? fmt::format("; it is {}: {}", ToString(job.state), *job.why) : "");
  }
  RepairMemory memory = memory_;
  memory.plan->paused.clear();
  return Become(std::move(memory));
}

Status LinkRepairs::Cancel(std::string_view id, std::string_view by, absl::Time now) {
  ASSIGN_OR_RETURN(const StandingPlan* plan, Standing(id, "cancel"));
  const std::string cancelled = ByAt("cancelled", by, now);
  RepairMemory memory = memory_;
  memory.cancelled = cancelled;
  memory.rejected = plan->drift;
  memory.broke_off = now;
  if (running_) {
    // It ends by itself (BrokeOff). Should the agent end before that, the next one asks anew.
    memory.plan->approved_by.clear();
    RETURN_IF_ERROR(Become(std::move(memory)));
    running_->cancelled = cancelled;
    return absl::OkStatus();
  }
  Job job = JobOf(*plan);
  memory.plan.reset();
  RETURN_IF_ERROR(Become(std::move(memory)));
  job.state = JobState::kCancelled;
  job.why = cancelled + "; the plan is thrown away";
  KeepEnded(std::move(job), now);
  return absl::OkStatus();
}

Status LinkRepairs::Approve(std::string_view id, std::string_view by, absl::Time now) {
  ASSIGN_OR_RETURN(const StandingPlan* plan, Standing(id, "approve"));
  if (!plan->approved_by.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "job {} was approved by {} already", id,
                 plan->approved_by);
  }
  if (running_ || step_.kind != Kind::kAwaitApproval) {
    const char* why = mode_ == RepairMode::kPlan
                          ? "; with repair.mode: plan the agent writes nothing, and twinwatch "
                            "repair apply does"
                          : "";
    return Error(absl::StatusCode::kFailedPrecondition, "job {} awaits no approval: it is {}{}", id,
                 ToString(Current().state), why);
  }
  RepairMemory memory = memory_;
  memory.plan->approved_by = ByAt("", by, now);
  RETURN_IF_ERROR(Become(std::move(memory)));
  step_ = RepairStep{Kind::kApply, ""};
  return absl::OkStatus();
}

}  // namespace twinwatch::app
