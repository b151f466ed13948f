#include "agent/app/link_repairer.h"

#include <absl/time/clock.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "agent/app/confirmed_drift.h"
#include "agent/app/read_file.h"
#include "agent/app/repair_apply.h"
#include "agent/app/repair_fit.h"
#include "agent/app/repair_plan.h"
#include "agent/app/write_file.h"
#include "exporters/text_format.h"
#include "probes/copytable/hbase_copier.h"
#include "verifier/repair/plan_table.h"

namespace twinwatch::app {
namespace {

using Kind = RepairStep::Kind;

constexpr std::chrono::milliseconds kBetweenLooks{1000};
constexpr std::chrono::milliseconds kWhilePaused{250};
constexpr std::chrono::minutes kPauseAfterError{1};
constexpr size_t kMostOfAPlan = size_t{256} << 20;
// Each row of a plan is read on both sides, and kept in it.
constexpr uint64_t kMostRows = 100'000;

StatusOr<RepairMemory> Recall(const RepairerParts& parts) {
  return LoadRepairMemory(MemoryFile(parts.storage_folder, parts.spec.name));
}

class NobodyLooks : public PlanObserver {
 public:
  void OnPlanned(const TableName&, uint64_t, uint64_t) override {}
};

}  // namespace

// Holds a repair while it is paused, its window is over or the link is not well, and paces it.
class LinkRepairer::Observer : public RepairObserver {
 public:
  Observer(LinkRepairer* repairer, absl::Time made) : repairer_(repairer), made_(made) {}

  void OnProgress(uint64_t rows_done, uint64_t rows, std::string_view doing) override {
    const absl::Time now = absl::Now();
    repairer_->repairs_.Progress(rows_done, rows, doing, now);
    if (now - published_ < absl::Seconds(1)) return;
    published_ = now;
    repairer_->parts_.changed();
  }

  bool GivenUp() override {
    return repairer_->stopped_ || repairer_->repairs_.IsCancelled() || IsTooOld();
  }
  bool StopsCopies() override {
    stopped_copy_ = !MayGoOn();
    return stopped_copy_ || GivenUp();
  }
  // A job was ended because it may not go on just now.
  bool stopped_copy() const { return stopped_copy_; }
  bool IsTooOld() const { return absl::Now() - made_ > kPlanLives; }

  Task<void> Pace(uint64_t bytes) override {
    while (!GivenUp() && (!MayGoOn() || !IsPaid())) co_await SleepFor(kWhilePaused);
    owed_ += static_cast<double>(bytes);
    if (!GivenUp()) repairer_->repairs_.Sent(bytes, absl::Now());
  }

 private:
  bool MayGoOn() {
    const std::optional<std::string> why =
        repairer_->policy_.WhyNotNow(repairer_->Unfit(), absl::Now());
    if (why.value_or("") != waits_) {
      waits_ = why.value_or("");
      repairer_->repairs_.Waits(waits_);
      repairer_->parts_.changed();
    }
    return !why && !repairer_->repairs_.IsPaused();
  }

  // What was sent before has to be paid for in time, at the rate of the moment.
  bool IsPaid() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - paid_at_).count();
    owed_ = std::max(0.0, owed_ - seconds * static_cast<double>(repairer_->Rate()));
    paid_at_ = now;
    return owed_ == 0;
  }

  LinkRepairer* repairer_;
  absl::Time made_;
  absl::Time published_ = absl::InfinitePast();
  std::string waits_;
  bool stopped_copy_ = false;
  double owed_ = 0;  // bytes
  std::chrono::steady_clock::time_point paid_at_ = std::chrono::steady_clock::now();
};

LinkRepairer::LinkRepairer(const RepairerParts& parts) : LinkRepairer(parts, Recall(parts)) {}

LinkRepairer::LinkRepairer(RepairerParts parts, StatusOr<RepairMemory> recalled)
    : parts_(std::move(parts)),
      policy_(parts_.config, absl::LocalTimeZone()),
      remembers_(recalled.status()),
      repairs_(parts_.spec.name, parts_.config.mode, std::move(recalled).value_or(RepairMemory()),
               [file = MemoryFile(parts_.storage_folder, parts_.spec.name)](
                   const RepairMemory& memory) { return SaveRepairMemory(file, memory); }) {
  state_.name = "repair:" + parts_.spec.name;
  state_.success = true;
}

void LinkRepairer::Start() { Spawn(parts_.executor, Run()); }

CollectorState LinkRepairer::state(absl::Time now) const {
  CollectorState state = state_;
  if (state.success) state.last_success = now;
  return state;
}

void LinkRepairer::Note(const Status& status) {
  const bool is_news = state_.error != Text(status);
  if (state_.success && !status.ok()) state_.last_success = absl::Now();
  state_.success = status.ok();
  state_.error = Text(status);
  if (is_news && !status.ok())
    spdlog::warn("link={} msg=\"repair: {}\"", parts_.spec.name, Text(status));
  if (is_news) parts_.changed();
}

Task<void> LinkRepairer::Run() {
  if (!remembers_.ok()) {
    Note(remembers_);
    co_return;
  }
  while (!stopped_) {
    const Status status = co_await Turn();
    Note(status);
    const Deadline until = After(status.ok() ? kBetweenLooks : kPauseAfterError);
    co_await SleepUntil(until);
  }
}

std::optional<std::string> LinkRepairer::Unfit() const {
  const std::optional<LinkSnapshot> link = parts_.watch->Latest();
  return WhyUnfit(link ? std::optional(link->status) : std::nullopt);
}

Status LinkRepairer::LookAtDrift() {
  const uint64_t passes = parts_.verifier->passes_ended();
  if (passes == 0 || (passes == passes_seen_ && !look_again_)) return absl::OkStatus();
  // What is not compared by this agent is not repaired by it.
  std::set<TableName> tables;
  for (const TableMarks& table : parts_.verifier->tables(absl::Now())) {
    if (table.first_seen) tables.insert(table.table);
  }
  ASSIGN_OR_RETURN(ConfirmedDrift drift,
                   ConfirmedDriftOf(parts_.ledger, parts_.verifier->pair(), tables));
  drift_ = DriftView{std::move(drift.digest), drift.seen};
  drifting_ = std::move(drift.tables);
  drifting_rows_ = drift.rows;
  passes_seen_ = passes;
  look_again_ = false;
  return absl::OkStatus();
}

Task<Status> LinkRepairer::Turn() {
  CO_RETURN_IF_ERROR(LookAtDrift());
  const absl::Time now = absl::Now();
  RepairStep step = policy_.Next(repairs_.Facts(drift_, Unfit()), now);
  if (step.kind == Kind::kMakePlan && no_plan_after_ == passes_seen_) step = RepairStep();
  repairs_.Show(step, Rate(), now);
  if (step != last_step_) {
    last_step_ = step;
    parts_.changed();
  }
  if (step.kind == Kind::kMakePlan) co_return co_await MakePlan();
  if (step.kind == Kind::kApply) co_return co_await Apply();
  if (step.kind == Kind::kThrowAway) {
    spdlog::info("link={} msg=\"the repair plan is thrown away: {}\"", parts_.spec.name, step.why);
    co_return repairs_.Withdraw(step.why, now);
  }
  co_return absl::OkStatus();
}

Task<Status> LinkRepairer::MakePlan() {
  if (drifting_rows_ > kMostRows) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "{} differ, more than the {} that an agent plans for: twinwatch repair plan -t "
                    "TABLE does it table by table",
                    Plural(drifting_rows_, "row", "rows"), WithThousands(kMostRows));
  }
  const uint64_t passes = passes_seen_;
  const std::string known = drift_->known;
  CO_ASSIGN_OR_RETURN(const std::shared_ptr<Link> link,
                      co_await OpenLink(parts_.executor, parts_.spec, Sides::kBoth));
  RepairRequest request;  // removes nothing, compacts nothing, takes no suspects
  request.tables = drifting_;
  NobodyLooks observer;
  CO_ASSIGN_OR_RETURN(RepairPlan plan,
                      co_await MakeRepairPlan(parts_.executor, link.get(), parts_.ledger,
                                              std::move(request), &observer));
  if (plan.ranges.empty() && plan.refused.empty()) {
    no_plan_after_ = passes;
    co_return absl::OkStatus();
  }
  // So that `repair apply FILE` finds the same clusters, and the same journals.
  plan.pair.opened_by = {{"link", parts_.spec.name}, {"storage.path", parts_.storage_folder}};
  if (!parts_.config_file.empty()) plan.pair.opened_by["config"] = parts_.config_file;
  const PlanDocument document = ToDocument(plan);
  const std::string folder = PlansFolder(parts_.storage_folder);
  const std::string file = fmt::format("{}/{}.plan", folder, RepairName(document.digest));
  CO_RETURN_IF_ERROR(WritePrivate(file, document.text + "\n"));
  RemoveOldPlans(folder, plan.made);
  CO_RETURN_IF_ERROR(repairs_.Planned(StandingPlanOf(plan, document.digest, file, known)));
  spdlog::info("link={} job={} plan={} msg=\"repair planned\"", parts_.spec.name,
               RepairName(document.digest), document.digest);
  co_return NotePlanned(parts_.ledger, plan, absl::Now());
}

Task<Status> LinkRepairer::Apply() {
  const StandingPlan standing = *repairs_.memory().plan;
  StatusOr<std::string> text = ReadFile(standing.file, kMostOfAPlan);
  if (!text.ok()) {
    co_return repairs_.Withdraw(
        fmt::format("its plan cannot be read: {}: {}", standing.file, Text(text.status())),
        absl::Now());
  }
  StatusOr<ParsedPlan> parsed = ParsePlan(*text);
  if (!parsed.ok()) {
    co_return repairs_.Withdraw(fmt::format("{}: {}", standing.file, Text(parsed.status())),
                                absl::Now());
  }
  // What was approved is what is done.
  if (parsed->digest != standing.digest) {
    co_return repairs_.Withdraw(standing.file + " is another plan by now", absl::Now());
  }
  const auto plan = std::make_shared<const ParsedPlan>(*std::move(parsed));
  CO_ASSIGN_OR_RETURN(const std::shared_ptr<Link> link,
                      co_await OpenLink(parts_.executor, parts_.spec, Sides::kBoth));
  Status fits = co_await CheckDirection(parts_.executor, link.get(), false);
  if (fits.ok()) fits = co_await CheckPlanFits(link.get(), &plan->plan, absl::Now());
  // Meanwhile an operator may have thought better of it.
  const auto& now_standing = repairs_.memory().plan;
  if (!now_standing || now_standing->digest != standing.digest || repairs_.IsPaused() || stopped_)
    co_return absl::OkStatus();
  if (absl::IsFailedPrecondition(fits)) {
    co_return repairs_.Withdraw(std::string(Text(fits)), absl::Now());
  }
  CO_RETURN_IF_ERROR(fits);
  co_return co_await ApplyTo(link, *std::move(text), plan);
}

Task<Status> LinkRepairer::ApplyTo(std::shared_ptr<Link> link, std::string text,
                                   std::shared_ptr<const ParsedPlan> plan) {
  ApplyRequest request;
  request.plan = &plan->plan;
  request.plan_text = std::move(text);
  request.plan_digest = plan->digest;
  request.execute = true;
  request.journal_path = JournalPath(parts_.storage_folder, plan->digest);
  CO_RETURN_IF_ERROR(repairs_.Begin("twinwatch repair undo " + request.journal_path, absl::Now()));
  spdlog::info("link={} job={} plan={} msg=\"repair begins; its undo journal is {}\"",
               parts_.spec.name, RepairName(plan->digest), plan->digest, request.journal_path);
  parts_.changed();
  Observer observer(this, plan->plan.made);
  copytable::HBaseCopier copier(parts_.spec.hbase_command, parts_.storage_folder + "/jobs");
  const RepairTools tools{parts_.executor, link.get(), parts_.ledger, &copier, &observer};
  StatusOr<RepairOutcome> outcome = co_await ApplyPlan(tools, std::move(request));
  // Begun it stays, and is gone on with: by the next agent, or when it may.
  const bool is_put_off = absl::IsCancelled(outcome.status()) && observer.stopped_copy() &&
                          !repairs_.IsCancelled() && !observer.IsTooOld();
  if (!outcome.ok() && (stopped_ || is_put_off)) {
    repairs_.Leave();
    co_return absl::OkStatus();
  }
  if (absl::IsCancelled(outcome.status()) && observer.IsTooOld()) {
    outcome = Error(absl::StatusCode::kFailedPrecondition,
                    "the plan grew older than {} while it waited", HumanDuration(kPlanLives));
  }
  const Status noted = NoteEnd(outcome);
  parts_.changed();
  co_return noted;
}

Status LinkRepairer::NoteEnd(const StatusOr<RepairOutcome>& outcome) {
  const std::string file = repairs_.memory().plan->file;
  const Status noted = outcome.ok() ? repairs_.Ended(*outcome, absl::Now())
                                    : repairs_.BrokeOff(outcome.status(), absl::Now());
  const Job job = repairs_.jobs().front();
  const bool is_well = job.state == JobState::kDone;
  spdlog::log(is_well ? spdlog::level::info : spdlog::level::warn,
              "link={} job={} msg=\"repair {}: {}\"", parts_.spec.name, job.id, ToString(job.state),
              job.why.value_or(""));
  // The journal holds the plan too.
  if (is_well) std::remove(file.c_str());
  look_again_ = true;
  RETURN_IF_ERROR(noted);
  return parts_.verifier->ReadMarks();
}

}  // namespace twinwatch::app
