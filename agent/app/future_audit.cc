#include "agent/app/future_audit.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace twinwatch::app {
namespace {

// A row alone was read, and could not be judged.
bool WasNotRead(const UnverifiedRange& hole) { return !IsOneRow(hole.range); }

}  // namespace

bool LooksForFutureCells(const VerifyRequest& request) {
  return !request.keys_only && !request.since && !request.until && !request.options.sample;
}

bool HasFutureAudit(const TablePlan& plan) {
  return plan.problem.ok() && plan.pair.target_table.ns != kOwnNamespace;
}

Task<StatusOr<FutureCells>> FindFutureCells(const TablePlan* plan, KeyRange range,
                                            Governor* governor) {
  FutureScan scan;
  scan.cluster = plan->pair.target;
  scan.table = plan->pair.target_table;
  scan.range = std::move(range);
  scan.families = plan->pair.families;
  std::function<absl::Time()> clock = &absl::Now;
  co_return co_await twinwatch::FindFutureCells(std::move(scan), governor, std::move(clock));
}

Task<std::map<TableName, FutureCells>> AuditTables(std::string link,
                                                   const std::vector<TablePlan>* plans,
                                                   Governor* governor) {
  std::map<TableName, FutureCells> tables;
  for (const TablePlan& plan : *plans) {
    if (!HasFutureAudit(plan)) continue;
    KeyRange whole;
    StatusOr<FutureCells> found = co_await FindFutureCells(&plan, std::move(whole), governor);
    if (!governor->status().ok()) break;
    const std::string table = plan.pair.source_table.ToString();
    if (!found.ok()) {
      spdlog::warn("link={} table={} msg=\"{}\"", link, table, Text(found.status()));
      continue;
    }
    if (found->HidesAt(absl::Now())) {
      spdlog::warn(
          "link={} table={} msg=\"{}{} cells and {} delete markers on the target are of the "
          "future\"",
          link, table, found->at_least ? "at least " : "", found->cells, found->markers);
    }
    tables.emplace(plan.pair.source_table, *std::move(found));
  }
  co_return tables;
}

Task<void> AddFutureCells(const TablePlan* plan, const VerifyRequest* request,
                          TableResult* result) {
  if (!LooksForFutureCells(*request) || !HasFutureAudit(*plan) || result->error) co_return;
  const auto hole = std::find_if(result->unverified.begin(), result->unverified.end(), &WasNotRead);
  if (hole != result->unverified.end()) {
    result->future_unknown = hole->why;
    co_return;
  }
  GovernorLimits limits;
  limits.total_bytes = request->options.bytes_per_second;
  Governor own(limits);
  Governor* governor = request->options.governor != nullptr ? request->options.governor : &own;
  StatusOr<FutureCells> found = co_await FindFutureCells(plan, request->options.range, governor);
  if (found.ok()) {
    result->future = *std::move(found);
  } else {
    result->future_unknown = std::string(Text(found.status()));
  }
}

}  // namespace twinwatch::app
