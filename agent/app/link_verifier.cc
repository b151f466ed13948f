#include "agent/app/link_verifier.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/app/coverage.h"
#include "agent/app/future_audit.h"
#include "agent/app/job_progress.h"
#include "agent/app/ledger_values.h"
#include "agent/app/request_text.h"
#include "agent/app/run_recorder.h"
#include "agent/app/verify_due.h"
#include "agent/core/utc.h"
#include "probes/hbase/hbase_cluster.h"

namespace twinwatch::app {
namespace {

constexpr absl::Duration kPauseAfterError = absl::Minutes(1);
constexpr std::chrono::milliseconds kBetweenLooks{1000};
constexpr absl::Duration kBetweenLooksAtLedger = absl::Seconds(3);
// Counting a million rows takes a while, in which nothing else is done: a fiftieth of the time.
constexpr int kPausesOfLooks = 50;
constexpr int kMaxStreams = 4;

// In place of a run's verdict: who ended it does not want it to go on.
constexpr char kCancelled[] = "cancelled";

// As runs remember who began them: an agent takes up its own only.
std::string AgentsName(const std::string& link) { return "agent:" + link; }

// None: nobody answers.
Task<std::optional<std::string>> IdAt(Executor executor, ClusterKey key, rpc::Login login,
                                      std::shared_ptr<RpcWatcher> rpcs) {
  const auto cluster = co_await hbase::Connect(executor, key, login, nullptr, rpcs);
  if (!cluster.ok()) co_return std::nullopt;
  const StatusOr<ClusterInfo> info = co_await (*cluster)->Describe();
  if (!info.ok() || info->cluster_id.empty()) co_return std::nullopt;
  co_return info->cluster_id;
}

// Of the first table that was not judged to its end.
Status StatusOf(const VerifyResult& result) {
  for (const TableResult& table : result.tables) {
    if (!table.error && table.unverified.empty()) continue;
    return Error(absl::StatusCode::kUnavailable, "table {}: {}", table.table.ToString(),
                 table.error ? *table.error : table.unverified.front().why);
  }
  return absl::OkStatus();
}

}  // namespace

// How far a full pass has come is seen while it runs, which may be for days.
class LinkVerifier::FullPassObserver : public JobProgress {
 public:
  FullPassObserver(LinkVerifier* verifier, const RunIdentity& run)
      : JobProgress(&verifier->jobs_, JobKind::kFullPass),
        verifier_(verifier),
        run_(run.id),
        begun_(run.begun) {}

  void OnCheckpoint(const TableProgress& progress) override {
    JobProgress::OnCheckpoint(progress);
    const auto left = std::count_if(progress.todo.begin(), progress.todo.end(),
                                    [](const Todo& todo) { return !todo.counted; });
    verifier_->passes_[progress.so_far.table][run_] = {begun_, progress.so_far.ranges,
                                                       static_cast<uint64_t>(left),
                                                       progress.so_far.ranges_drifted, false};
    verifier_->changed_();
  }

 private:
  LinkVerifier* verifier_;
  std::string run_;
  absl::Time begun_;
};

LinkVerifier::LinkVerifier(const Executor& executor, LinkSpec spec, VerifyConfig config,
                           ledger::Ledger* ledger, Lag lag, std::function<void()> changed)
    : executor_(executor),
      spec_(std::move(spec)),
      config_(std::move(config)),
      ledger_(ledger),
      lag_(std::move(lag)),
      changed_(std::move(changed)),
      jobs_(spec_.name, config_, absl::LocalTimeZone()) {
  state_.name = "verify:" + spec_.name;
}

void LinkVerifier::Start() {
  Follow();
  Spawn(executor_, Pace());
  Spawn(executor_, Passes());
}

std::vector<TableMarks> LinkVerifier::tables(absl::Time now) const {
  std::map<TableName, TableMarks> all = tables_;
  std::set<TableName> in_scope;
  for (const auto& [table, since] : in_scope_) {
    all[table].table = table;
    all[table].first_seen = since;
    in_scope.insert(table);
  }
  // After a restart, until both clusters have said what the scope is: what was compared before.
  if (in_scope_.empty())
    for (const auto& [table, marks] : tables_) in_scope.insert(table);
  for (const TableName& table : in_scope) {
    TableMarks& marks = all[table];
    std::vector<ledger::PassRanges> passes;
    if (const auto known = passes_.find(table); known != passes_.end())
      for (const auto& [run, pass] : known->second) passes.push_back(pass);
    marks.coverage = CoverageOf(marks.full_pass_at, passes, config_.freshness, now);
  }
  std::vector<TableMarks> list;
  for (auto& [table, marks] : all) list.push_back(std::move(marks));
  return list;
}

std::optional<RangeStates> LinkVerifier::ranges() const {
  if (passes_.empty()) return std::nullopt;
  return StatesOf(passes_);
}

Task<void> LinkVerifier::Passes() {
  const Pacing& pacing = jobs_.pacing();
  while (!pacing.stopped()) {
    if (!pacing.MayBeginAnother()) {
      co_await SleepFor(kBetweenLooks);
      continue;
    }
    const StatusOr<absl::Duration> wait = co_await NextPass();
    // How a full pass that has only begun will end is not known yet.
    if (!wait.ok() || pacing.MayBeginAnother()) Ended(wait.status(), false);
    if (!identified_) co_await AskWhoAnswers();
    const absl::Duration pause = wait.ok() ? *wait : kPauseAfterError;
    co_await SleepFor(
        std::chrono::milliseconds(std::max<int64_t>(absl::ToInt64Milliseconds(pause), 1000)));
  }
}

void LinkVerifier::Ended(const Status& status, bool cancelled) {
  if (cancelled && !status.ok()) {
    spdlog::info("link={} msg=\"verification: {}\"", spec_.name, Text(status));
    changed_();
    return;
  }
  state_.success = status.ok();
  state_.error = Text(status);
  if (status.ok()) {
    state_.last_success = absl::Now();
  } else {
    spdlog::warn("link={} msg=\"verification: {}\"", spec_.name, Text(status));
  }
  changed_();
}

Task<void> LinkVerifier::Pace() {
  while (!jobs_.pacing().stopped()) {
    jobs_.Look(lag_ ? lag_() : std::nullopt, absl::Now());
    if (!IsIdle()) changed_();
    Follow();
    co_await SleepFor(kBetweenLooks);
  }
}

void LinkVerifier::Follow() {
  const absl::Time begun = absl::Now();
  if (begun < look_at_ledger_) return;
  const std::string error(Text(LookAtLedger()));
  if (error != ledger_error_ && !error.empty())
    spdlog::warn("link={} msg=\"{}\"", spec_.name, error);
  ledger_error_ = error;
  const absl::Duration took = absl::Now() - begun;
  look_at_ledger_ = begun + std::max(kBetweenLooksAtLedger, took * kPausesOfLooks);
}

Status LinkVerifier::LookAtLedger() {
  ASSIGN_OR_RETURN(const int64_t version, ledger_->DataVersion());
  if (version == ledger_version_) return absl::OkStatus();
  RETURN_IF_ERROR(pair_.id == 0 ? Recall() : ReadMarks());
  ledger_version_ = version;
  return absl::OkStatus();
}

// A restart while a cluster does not answer must not hide what is known to differ.
Status LinkVerifier::Recall() {
  if (replaced_) return absl::OkStatus();
  std::optional<std::string> target;
  if (spec_.target) target = spec_.target->ToString();
  ASSIGN_OR_RETURN(std::optional<ledger::Pair> pair,
                   ledger_->PairOfLink({spec_.name, spec_.source.ToString()}, target));
  if (!pair) return absl::OkStatus();
  pair_ = *std::move(pair);
  return ReadMarks();
}

void LinkVerifier::SidesAre(const std::optional<std::string>& source_id,
                            const std::optional<std::string>& target_id) {
  const bool same = source_id.value_or(pair_.source_id) == pair_.source_id &&
                    target_id.value_or(pair_.target_id) == pair_.target_id;
  if (!same && pair_.id != 0) Forget();
}

void LinkVerifier::Forget() {
  spdlog::warn(
      "link={} msg=\"other clusters answer than {} and {}: what is known of those is not shown\"",
      spec_.name, pair_.source_id, pair_.target_id);
  pair_ = ledger::Pair();
  replaced_ = true;
  tables_.clear();
  passes_.clear();
  in_scope_.clear();
  ever_drifted_.reset();
  changed_();
}

Task<void> LinkVerifier::AskWhoAnswers() {
  if (pair_.id == 0) co_return;
  const StatusOr<ClusterKey> then = ClusterKey::Parse(pair_.target_name);
  if (!then.ok()) co_return;
  if (!spec_.target) {
    const auto link = co_await OpenLink(executor_, spec_, Sides::kSourceOnly);
    if (link.ok() && ClusterKey::Parse((*link)->target_name) != then) {
      Forget();
      co_return;
    }
  }
  const std::string user = UserName();
  const rpc::Login source_login{user, spec_.source_kerberos};
  const rpc::Login target_login{user, spec_.target ? spec_.target_kerberos : spec_.source_kerberos};
  const ClusterKey target = spec_.target.value_or(*then);
  const auto [source_id, target_id] =
      co_await Both(IdAt(executor_, spec_.source, source_login, spec_.rpcs),
                    IdAt(executor_, target, target_login, spec_.rpcs));
  SidesAre(source_id, target_id);
}

Task<void> LinkVerifier::FullPass(std::shared_ptr<Link> link, VerifyRequest request,
                                  std::vector<TablePlan> plans) {
  const absl::Time begun = absl::Now();
  const Status status = co_await RunFull(link.get(), std::move(request), std::move(plans));
  const bool cancelled = jobs_.pacing().IsCancelled(JobKind::kFullPass);
  jobs_.pacing().EndFull();
  // A pass that judged everything and moved no mark (suspects without a barrier) would do so again.
  full_not_before_ = status.ok() ? begun + config_.freshness / 2 : absl::Now() + kPauseAfterError;
  Ended(status, cancelled);
}

Task<StatusOr<absl::Duration>> LinkVerifier::NextPass() {
  identified_ = false;
  CO_ASSIGN_OR_RETURN(const std::shared_ptr<Link> link,
                      co_await OpenLink(executor_, spec_, Sides::kBoth));
  auto [source, target] = co_await Both(link->source->Describe(), link->target->Describe());
  CO_ASSIGN_OR_RETURN(source_info_, std::move(source));
  CO_ASSIGN_OR_RETURN(target_info_, std::move(target));
  identified_ = true;
  CO_RETURN_IF_ERROR(LoadMarks(*link));
  CO_RETURN_IF_ERROR(co_await ForgetDropped(link.get()));
  VerifyRequest request = BaseRequest();
  CO_ASSIGN_OR_RETURN(std::vector<TablePlan> plans, co_await PlanVerify(link.get(), request));
  co_await AuditIfDue(&plans);
  if (jobs_.pacing().stopped()) co_return absl::ZeroDuration();
  std::map<TableName, VerifiedMarks> marks;
  std::map<TableName, absl::Time> in_scope;
  for (const TablePlan& plan : plans) {
    const auto known_since = in_scope_.find(plan.pair.source_table);
    in_scope[plan.pair.source_table] =
        known_since == in_scope_.end() ? absl::Now() : known_since->second;
    VerifiedMarks& of_table = marks[plan.pair.source_table];
    const auto known = tables_.find(plan.pair.source_table);
    if (known == tables_.end()) continue;
    of_table.full_pass_at = known->second.full_pass_at;
    of_table.writes_verified_until = known->second.writes_verified_until;
  }
  in_scope_ = std::move(in_scope);
  const absl::Time now = absl::Now();
  const DuePass due = NextDue(marks, config_.freshness, config_.incremental, last_incremental_,
                              std::max({jobs_.pacing().FullNotBefore(now), full_not_before_,
                                        jobs_.NotBefore(JobKind::kFullPass)}),
                              now);
  if (due.kind == DuePass::Kind::kFull) {
    request.options.governor = jobs_.pacing().BeginFull();
    Spawn(executor_, FullPass(link, std::move(request), std::move(plans)));
    co_return absl::ZeroDuration();
  }
  if (due.kind == DuePass::Kind::kIncremental) {
    last_incremental_ = now;
    const Status status = co_await IncrementalPass(link.get(), due.tables, due.since);
    const bool cancelled = jobs_.pacing().IsCancelled(JobKind::kIncrementalPass);
    jobs_.pacing().EndIncremental();
    if (cancelled) {
      // NextDue reckons from here: as LinkJobs has told whoever cancelled it.
      last_incremental_ = jobs_.NotBefore(JobKind::kIncrementalPass) - config_.incremental;
      Ended(status, true);
      co_return absl::ZeroDuration();
    }
    CO_RETURN_IF_ERROR(status);
    co_return absl::ZeroDuration();
  }
  co_return due.wait;
}

Task<Status> LinkVerifier::ForgetDropped(Link* link) {
  const std::map<TableName, TableMarks> known = tables_;
  for (const auto& [table, marks] : known) {
    if (!marks.future || marks.future->Sum() == 0) continue;
    const StatusOr<TableDescriptor> there = co_await link->target->Table(table);
    if (!absl::IsNotFound(there.status())) continue;
    CO_RETURN_IF_ERROR(ledger_->ForgetFutureCells(pair_.id, table));
    tables_[table].future.reset();
  }
  co_return absl::OkStatus();
}

Task<void> LinkVerifier::AuditIfDue(const std::vector<TablePlan>* plans) {
  if (absl::Now() - last_audit_ < config_.incremental) co_return;
  last_audit_ = absl::Now();
  const auto found = co_await AuditTables(spec_.name, plans, jobs_.pacing().BeginIncremental());
  jobs_.pacing().EndIncremental();
  for (const auto& [table, cells] : found) {
    const Status kept = ledger_->KeepFutureCells(pair_.id, table, cells);
    if (!kept.ok())
      spdlog::warn("link={} table={} msg=\"{}\"", spec_.name, table.ToString(), Text(kept));
    tables_[table].table = table;
    tables_[table].future = cells;
  }
  changed_();
}

VerifyRequest LinkVerifier::BaseRequest() const {
  VerifyRequest request;
  // Each server has its own rate, and one stream reads from one server at a time.
  request.options.streams =
      std::clamp(static_cast<int>(source_info_.live_servers.size()), 1, kMaxStreams);
  request.include = config_.tables_include;
  request.exclude = config_.tables_exclude;
  return request;
}

Task<Status> LinkVerifier::IncrementalPass(Link* link, std::vector<TableName> tables,
                                           absl::Time since) {
  VerifyRequest request = BaseRequest();
  request.options.governor = jobs_.pacing().BeginIncremental();
  request.tables = std::move(tables);
  request.since = since;
  request.incremental = true;
  request.raw = true;
  CO_ASSIGN_OR_RETURN(std::vector<TablePlan> plans, co_await PlanVerify(link, request));
  co_return co_await Run(link, request, std::move(plans), nullptr);
}

StatusOr<std::optional<ledger::RunRecord>> LinkVerifier::BrokenOff(
    const VerifyRequest& request, const std::vector<TablePlan>& plans) {
  ASSIGN_OR_RETURN(std::vector<ledger::RunRecord> runs,
                   ledger_->UnfinishedRuns(pair_.id, ledger::RunKind::kFull));
  const absl::Time oldest = absl::Now() - config_.freshness / 2;
  for (ledger::RunRecord& run : runs) {
    if (NoteOf(run.options).by != AgentsName(spec_.name) || run.begun < oldest) continue;
    if (run.verdict == kCancelled) continue;
    if (!IsOfRequest(run.options, request)) continue;
    // A table that is new would wait for as long as another one cannot be read.
    const bool covers = std::all_of(plans.begin(), plans.end(), [&run](const TablePlan& plan) {
      return std::any_of(run.tables.begin(), run.tables.end(), [&plan](const auto& table) {
        return table.table == plan.pair.source_table;
      });
    });
    if (covers) return std::move(run);
  }
  return std::nullopt;
}

Task<Status> LinkVerifier::RunFull(Link* link, VerifyRequest request,
                                   std::vector<TablePlan> plans) {
  CO_ASSIGN_OR_RETURN(const std::optional<ledger::RunRecord> broken_off, BrokenOff(request, plans));
  if (!broken_off) co_return co_await Run(link, request, std::move(plans), nullptr);
  request.tables.clear();
  for (const ledger::TableProgress& table : broken_off->tables)
    request.tables.push_back(table.table);
  spdlog::info("link={} run={} msg=\"goes on with the full pass of {}\"", spec_.name,
               broken_off->id, ToRfc3339(broken_off->begun));
  CO_ASSIGN_OR_RETURN(plans, co_await PlanVerify(link, request));
  co_return co_await Run(link, request, std::move(plans), &*broken_off);
}

Task<Status> LinkVerifier::Run(Link* link, VerifyRequest request, std::vector<TablePlan> plans,
                               const ledger::RunRecord* resume) {
  const JobKind kind = KindOf(request);
  const Governor* governor = request.options.governor;
  std::function<bool()> given_up = [governor] { return !governor->status().ok(); };
  CO_ASSIGN_OR_RETURN(const Proof proof, co_await OpenProof(executor_, link, ledger_,
                                                            request.confirm, std::move(given_up)));
  if (link->peer) {
    CO_ASSIGN_OR_RETURN(link->history, co_await NoteAndRecall(ledger_, source_info_.cluster_id,
                                                              link->source.get(), *link->peer));
  }
  RunIdentity run;
  run.begun = resume != nullptr ? resume->begun : absl::Now();
  run.id = resume != nullptr ? resume->id : NewRunId(run.begun);
  RecordedRun recorded =
      ToRecordedRun(request, plans, source_info_, target_info_, *link, run.id, run.begun);
  recorded.note.by = AgentsName(spec_.name);
  JobProgress of_job(&jobs_, kind);
  FullPassObserver of_full_pass(this, run);
  JobProgress* progress = kind == JobKind::kFullPass ? &of_full_pass : &of_job;
  StatusOr<std::unique_ptr<RunRecorder>> recorder =
      resume != nullptr ? RunRecorder::Resume(ledger_, std::move(recorded), *resume, progress)
                        : RunRecorder::Begin(ledger_, std::move(recorded), progress);
  CO_RETURN_IF_ERROR(recorder.status());
  for (TablePlan& plan : plans) {
    plan.resume = (*recorder)->ProgressOf(plan.pair.source_table);
    if (!plan.resume) continue;
    const TableResult& before = plan.resume->so_far;
    progress->StartFrom(plan.pair.source_table, std::max(before.rows_source, before.rows_target));
  }
  JobPlan job;
  job.id = run.id;
  job.started = run.begun;
  job.tables = co_await JobTablesOf(link->source.get(), kind, &plans);
  jobs_.Begin(kind, std::move(job), absl::Now());
  const VerifyResult result =
      co_await RunVerify(link, std::move(plans), request, &proof, std::move(run), recorder->get());
  Status status = (*recorder)->End(result);
  const bool is_recorded = status.ok();
  if (is_recorded) {
    Note(result);
    status = StatusOf(result);
  }
  if (is_recorded && !status.ok() && jobs_.pacing().IsCancelled(kind)) {
    const Status noted = ledger_->EndRun(result.run, result.ended, kCancelled);
    if (!noted.ok()) status = noted;
  }
  jobs_.End(kind, status, std::string(ToString(result.verdict())), absl::Now());
  if (is_recorded) {
    ++passes_ended_;
    CO_RETURN_IF_ERROR(LoadMarks(*link));
  }
  co_return status;
}

Status LinkVerifier::LoadMarks(const Link& link) {
  ledger::Pair pair = PairOf(source_info_, target_info_, link);
  ASSIGN_OR_RETURN(pair.id, ledger_->NotePair(pair, absl::Now()));
  pair_ = std::move(pair);
  replaced_ = false;
  return ReadMarks();
}

Status LinkVerifier::ReadMarks() {
  if (pair_.id == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(tables_, MarksOf(ledger_, pair_.id));
  ASSIGN_OR_RETURN(passes_, ledger_->RangesOfPasses(pair_.id, absl::Now() - config_.freshness));
  ASSIGN_OR_RETURN(const bool known, ledger_->KnowsOf(pair_.id, std::nullopt));
  ever_drifted_.reset();
  if (known) {
    ASSIGN_OR_RETURN(ever_drifted_, ledger_->CountEverConfirmed(pair_.id));
  }
  changed_();
  return absl::OkStatus();
}

void LinkVerifier::Note(const VerifyResult& result) {
  uint64_t unknown = 0;
  for (const TableResult& table : result.tables) {
    totals_.rows_compared += std::max(table.rows_source, table.rows_target);
    totals_.ranges_compared += table.ranges;
    totals_.range_failures += table.unverified.size() + (table.error ? 1 : 0);
    unknown += table.unknown_rows + table.suspects.Sum();
    if (table.verdict() != Verdict::kSame) {
      spdlog::warn(
          "link={} table={} run={} msg=\"verification: {}, {} rows drift, {} suspects, {} "
          "unknown\"",
          spec_.name, table.table.ToString(), result.run, table.error.value_or("not the same"),
          table.drift.Sum(), table.suspects.Sum(), table.unknown_rows);
    }
  }
  totals_.unknown_rows = unknown;
}

}  // namespace twinwatch::app
