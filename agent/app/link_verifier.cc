#include "agent/app/link_verifier.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "agent/app/run_recorder.h"
#include "agent/app/verify_due.h"

namespace twinwatch::app {
namespace {

constexpr absl::Duration kPauseAfterError = absl::Minutes(1);

class NoObserver : public VerifyObserver {
 public:
  void OnFinding(const Finding&) override {}
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
};

}  // namespace

LinkVerifier::LinkVerifier(const Executor& executor, LinkSpec spec, VerifyConfig config,
                           ledger::Ledger* ledger, std::function<void()> changed)
    : executor_(executor),
      spec_(std::move(spec)),
      config_(std::move(config)),
      ledger_(ledger),
      changed_(std::move(changed)) {
  state_.name = "verify:" + spec_.name;
}

void LinkVerifier::Start() { Spawn(executor_, Passes()); }

std::vector<TableMarks> LinkVerifier::tables() const {
  std::vector<TableMarks> all;
  for (const auto& [table, marks] : tables_) all.push_back(marks);
  return all;
}

Task<void> LinkVerifier::Passes() {
  while (true) {
    const StatusOr<absl::Duration> wait = co_await NextPass();
    state_.success = wait.ok();
    if (wait.ok()) {
      state_.last_success = absl::Now();
    } else {
      spdlog::warn("link={} msg=\"verification: {}\"", spec_.name, Text(wait.status()));
    }
    changed_();
    const absl::Duration pause = wait.ok() ? *wait : kPauseAfterError;
    co_await SleepFor(
        std::chrono::milliseconds(std::max<int64_t>(absl::ToInt64Milliseconds(pause), 1000)));
  }
}

Task<StatusOr<absl::Duration>> LinkVerifier::NextPass() {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Link> link,
                      co_await OpenLink(executor_, spec_, Sides::kBoth));
  CO_ASSIGN_OR_RETURN(source_info_, co_await link->source->Describe());
  CO_ASSIGN_OR_RETURN(target_info_, co_await link->target->Describe());
  CO_RETURN_IF_ERROR(LoadMarks(*link));
  const VerifyRequest request = BaseRequest(source_info_);
  CO_ASSIGN_OR_RETURN(std::vector<TablePlan> plans, co_await PlanVerify(link.get(), request));
  std::map<TableName, VerifiedMarks> marks;
  for (const TablePlan& plan : plans) {
    VerifiedMarks& of_table = marks[plan.pair.source_table];
    const auto known = tables_.find(plan.pair.source_table);
    if (known == tables_.end()) continue;
    of_table.full_pass_at = known->second.full_pass_at;
    of_table.writes_verified_until = known->second.writes_verified_until;
  }
  const DuePass due =
      NextDue(marks, config_.freshness, config_.incremental, last_incremental_, absl::Now());
  if (due.kind == DuePass::Kind::kFull) {
    CO_RETURN_IF_ERROR(co_await Run(link.get(), request, std::move(plans)));
    co_return absl::ZeroDuration();
  }
  if (due.kind == DuePass::Kind::kIncremental) {
    last_incremental_ = absl::Now();
    CO_RETURN_IF_ERROR(co_await IncrementalPass(link.get(), due.tables, due.since));
    co_return absl::ZeroDuration();
  }
  co_return due.wait;
}

VerifyRequest LinkVerifier::BaseRequest(const ClusterInfo& source) const {
  VerifyRequest request;
  request.include = config_.tables_include;
  request.exclude = config_.tables_exclude;
  request.options.bytes_per_second =
      config_.rate_bytes_per_second * std::max<size_t>(source.live_servers.size(), 1);
  return request;
}

Task<Status> LinkVerifier::IncrementalPass(Link* link, std::vector<TableName> tables,
                                           absl::Time since) {
  VerifyRequest request = BaseRequest(source_info_);
  request.tables = std::move(tables);
  request.since = since;
  request.incremental = true;
  request.raw = true;
  CO_ASSIGN_OR_RETURN(std::vector<TablePlan> plans, co_await PlanVerify(link, request));
  co_return co_await Run(link, request, std::move(plans));
}

Task<Status> LinkVerifier::Run(Link* link, VerifyRequest request, std::vector<TablePlan> plans) {
  CO_ASSIGN_OR_RETURN(const Proof proof, co_await OpenProof(executor_, link, request.confirm));
  NoObserver nobody;
  if (link->peer) {
    CO_ASSIGN_OR_RETURN(link->history, co_await NoteAndRecall(ledger_, source_info_.cluster_id,
                                                              link->source.get(), *link->peer));
  }
  const absl::Time started = absl::Now();
  const std::string id = NewRunId(started);
  RecordedRun run = ToRecordedRun(request, plans, source_info_, target_info_, *link, id, started);
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<RunRecorder> recorder,
                      RunRecorder::Begin(ledger_, std::move(run), &nobody));
  const VerifyResult result =
      co_await RunVerify(link, std::move(plans), request, &proof, id, recorder.get());
  CO_RETURN_IF_ERROR(recorder->End(result));
  Note(result);
  CO_RETURN_IF_ERROR(LoadMarks(*link));
  for (const TableResult& table : result.tables) {
    if (table.error || !table.unverified.empty()) {
      co_return Error(absl::StatusCode::kUnavailable, "table {}: {}", table.table.ToString(),
                      table.error ? *table.error : table.unverified.front().why);
    }
  }
  co_return absl::OkStatus();
}

Status LinkVerifier::LoadMarks(const Link& link) {
  const ledger::Pair pair = PairOf(source_info_, target_info_, link);
  ASSIGN_OR_RETURN(const ledger::PairId id, ledger_->NotePair(pair, absl::Now()));
  ASSIGN_OR_RETURN(tables_, MarksOf(ledger_, id));
  changed_();
  return absl::OkStatus();
}

void LinkVerifier::Note(const VerifyResult& result) {
  totals_.unknown_rows = 0;
  for (const TableResult& table : result.tables) {
    totals_.rows_compared += std::max(table.rows_source, table.rows_target);
    totals_.ranges_compared += table.ranges;
    totals_.range_failures += table.unverified.size() + (table.error ? 1 : 0);
    totals_.unknown_rows += table.unknown_rows + table.suspects.Sum();
    if (table.verdict() != Verdict::kSame) {
      spdlog::warn(
          "link={} table={} run={} msg=\"verification: {}, {} rows drift, {} suspects, {} "
          "unknown\"",
          spec_.name, table.table.ToString(), result.run, table.error.value_or("not the same"),
          table.drift.Sum(), table.suspects.Sum(), table.unknown_rows);
    }
  }
}

}  // namespace twinwatch::app
