#include "agent/app/verify_run.h"

#include <algorithm>
#include <random>

#include "agent/app/explain.h"
#include "agent/app/finding_keeper.h"
#include "agent/app/future_audit.h"
#include "agent/core/utc.h"

namespace twinwatch::app {

std::string ScopeOf(const VerifyRequest& request) {
  if (request.options.sample) return "sample";
  if (request.keys_only) return "keys";
  if (request.since || request.until) return "since";
  return request.options.range == KeyRange{} ? "full" : "range";
}

std::string NewRunId(absl::Time now) {
  return fmt::format("{}-{:04x}", ToCompactUtc(now), std::random_device{}() & 0xFFFF);
}

Task<StatusOr<Proof>> OpenProof(Executor executor, Link* link, ledger::Ledger* ledger,
                                ConfirmBy confirm, std::function<bool()> given_up) {
  Proof proof;
  if (confirm == ConfirmBy::kNone || confirm == ConfirmBy::kRecheck) co_return proof;
  StatusOr<Barriers> barriers = co_await OpenBarriers(executor, link, ledger, std::move(given_up));
  if (barriers.ok()) {
    proof.barriers = *std::move(barriers);
    co_return proof;
  }
  const bool exists_not = absl::IsNotFound(barriers.status()) ||
                          absl::IsPermissionDenied(barriers.status()) ||
                          absl::IsUnauthenticated(barriers.status());
  if (confirm == ConfirmBy::kBarrier && exists_not) {
    co_return Error(absl::StatusCode::kNotFound,
                    "--confirm barrier: {}; use --confirm recheck, or none when both sides are at "
                    "rest",
                    Text(barriers.status()));
  }
  if (!exists_not) co_return barriers.status();
  proof.why_none = std::string(Text(barriers.status()));
  co_return proof;
}

std::string ConfirmText(ConfirmBy confirm, const Proof& proof) {
  if (confirm == ConfirmBy::kNone) return "none";
  return proof.barriers ? std::string(ToString(proof.barriers->kind())) : "recheck";
}

namespace {

// How one table's differences are judged.
StatusOr<VerifyTableOptions> OptionsFor(const TablePlan& plan, const VerifyRequest& request,
                                        const Proof& proof) {
  RETURN_IF_ERROR(plan.problem);
  VerifyTableOptions options = request.options;
  options.confirm = Confirm::kRecheck;
  options.resume = plan.resume;
  if (request.confirm == ConfirmBy::kNone) options.confirm = Confirm::kNone;
  if (!proof.barriers) return options;
  if (plan.replicates) {
    options.confirm = Confirm::kBarrier;
    options.barriers = proof.barriers->pointers();
  } else if (request.confirm == ConfirmBy::kBarrier) {
    return Error(absl::StatusCode::kNotFound,
                 "nothing replicates from {} to {}: there is no barrier; use --confirm recheck, or "
                 "none when both are at rest",
                 plan.pair.source_table.ToString(), plan.pair.target_table.ToString());
  }
  return options;
}

// The weakest that any table's verdict rests on.
std::string WeakestOf(const VerifyRequest& request, const Proof& proof, const VerifyResult& result,
                      bool rechecked) {
  if (request.confirm == ConfirmBy::kNone) return "none";
  if (!proof.barriers || rechecked) return "recheck";
  BarrierKind weakest = proof.barriers->kind();
  for (const TableResult& table : result.tables) {
    weakest = std::max(weakest, table.barrier.value_or(weakest));
  }
  return std::string(ToString(weakest));
}

}  // namespace

Task<VerifyResult> RunVerify(const Link* link, std::vector<TablePlan> plans, VerifyRequest request,
                             const Proof* proof, RunIdentity run, VerifyObserver* observer) {
  VerifyResult result;
  result.run = std::move(run.id);
  result.scope = ScopeOf(request);
  result.keys_only = request.keys_only;
  result.since = request.since;
  result.until = request.until;
  result.why_no_barrier = proof->why_none;
  result.started = run.begun;
  const absl::Time started = absl::Now();
  bool rechecked = false;
  FindingKeeper keeper(observer, request.max_findings);
  for (const Finding& finding : run.found_before) keeper.Keep(finding);
  for (TablePlan& plan : plans) {
    TableResult table;
    if (plan.resume) result.took += plan.resume->so_far.took;
    const StatusOr<VerifyTableOptions> options = OptionsFor(plan, request, *proof);
    if (options.ok()) {
      rechecked |= options->confirm == Confirm::kRecheck;
      table = co_await VerifyTable(plan.pair, *options, &keeper);
      co_await AddFutureCells(&plan, &request, &table);
    } else {
      if (plan.resume) table = plan.resume->so_far;  // what was proven stays so
      table.table = plan.pair.source_table;
      table.error = std::string(Text(options.status()));
    }
    table.families_left_out = plan.families_left_out;
    table.descriptor_unknown = plan.descriptor_unknown;
    table.left_out_because = std::move(plan.left_out_because);
    result.tables.push_back(std::move(table));
  }
  result.ended = absl::Now();
  result.took += result.ended - started;
  result.confirm = WeakestOf(request, *proof, result, rechecked);
  result.findings = keeper.Take();
  for (const TablePlan& plan : plans) {
    // What is not seen is no cause.
    if (!plan.descriptor_unknown) co_await Explain(link, &plan, &result.findings);
  }
  co_return result;
}

}  // namespace twinwatch::app
