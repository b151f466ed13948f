#include "agent/app/repair_plan.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <map>
#include <utility>

#include "agent/app/repair_fit.h"
#include "agent/app/verify_plan.h"
#include "agent/core/cluster_key.h"
#include "probes/api/barrier_kind.h"

namespace twinwatch::app {
namespace {

using RowsOfTables = std::map<TableName, std::vector<DriftedRow>>;

// The user's word (`none`) is no barrier.
std::optional<std::string> ByBarrier(const std::optional<std::string>& confirmed_by) {
  if (!confirmed_by || !ParseBarrierKind(*confirmed_by)) return std::nullopt;
  return confirmed_by;
}

Status NothingKnown(std::string_view of) {
  return Error(absl::StatusCode::kNotFound,
               "nothing is known of {}: no verification of it has ended. Verify it first", of);
}

StatusOr<RowsOfTables> FromLedger(ledger::Ledger* ledger, const PlannedPair& pair,
                                  const std::vector<TableName>& tables) {
  if (ledger == nullptr) return NothingKnown("this pair");
  ASSIGN_OR_RETURN(const std::optional<ledger::PairId> id, FindPair(ledger, pair));
  if (!id) return NothingKnown("this pair");
  RowsOfTables rows;
  std::vector<std::optional<TableName>> asked(tables.begin(), tables.end());
  if (asked.empty()) asked.emplace_back();
  for (const std::optional<TableName>& table : asked) {
    ASSIGN_OR_RETURN(const bool known, ledger->KnowsOf(*id, table));
    if (!known) return NothingKnown(table ? "table " + table->ToString() : "this pair");
    if (table) rows[*table];
    ledger::DriftFilter filter;
    filter.table = table;
    filter.states = {ledger::DriftState::kSuspected, ledger::DriftState::kConfirmed,
                     ledger::DriftState::kPlanned, ledger::DriftState::kRepaired};
    RETURN_IF_ERROR(ledger->VisitOpen(*id, filter, [&rows](const ledger::DriftRecord& record) {
      std::optional<std::string> confirmed_by;
      if (record.state != ledger::DriftState::kSuspected)
        confirmed_by = ByBarrier(record.confirmed_by);
      rows[record.table].push_back(
          {record.row, record.drift_class, std::move(confirmed_by), record.breadth.all_versions});
    }));
  }
  return rows;
}

bool SameCluster(const std::string& one, const std::string& other) {
  const StatusOr<ClusterKey> a = ClusterKey::Parse(one);
  const StatusOr<ClusterKey> b = ClusterKey::Parse(other);
  return one == other || (a.ok() && b.ok() && *a == *b);
}

StatusOr<RowsOfTables> FromReport(const Report& report, const PlannedPair& pair,
                                  const std::vector<TableName>& tables) {
  if (!SameCluster(report.source, pair.source) || !SameCluster(report.target, pair.target)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "the report is of {} and {}, and this is {} and {}", report.source, report.target,
                 pair.source, pair.target);
  }
  RowsOfTables rows;
  for (const TableName& table : tables) rows[table];
  for (const ReportedRow& row : report.rows) {
    const bool asked =
        tables.empty() || std::find(tables.begin(), tables.end(), row.table) != tables.end();
    if (!asked) continue;
    rows[row.table].push_back(
        {row.row, row.drift_class, ByBarrier(row.confirmed_by), report.all_versions});
  }
  return rows;
}

// By key, each once: a report that was resumed may tell a row twice, the last word counts.
void SortRows(std::vector<DriftedRow>* rows) {
  std::map<std::string, DriftedRow> sorted;
  for (DriftedRow& row : *rows) {
    std::string key = row.row;
    sorted.insert_or_assign(std::move(key), std::move(row));
  }
  rows->clear();
  for (auto& [key, row] : sorted) rows->push_back(std::move(row));
}

}  // namespace

StatusOr<std::optional<ledger::PairId>> FindPair(ledger::Ledger* ledger, const PlannedPair& pair) {
  ASSIGN_OR_RETURN(const std::vector<ledger::Pair> pairs, ledger->Pairs());
  for (const ledger::Pair& known : pairs) {
    if (known.source_id == pair.source_id && known.target_id == pair.target_id)
      return std::optional(known.id);
  }
  return std::optional<ledger::PairId>();
}

Task<StatusOr<RepairPlan>> MakeRepairPlan(Executor executor, Link* link, ledger::Ledger* ledger,
                                          RepairRequest request, PlanObserver* observer) {
  CO_RETURN_IF_ERROR(co_await CheckDirection(executor, link, request.options.allow_reverse));
  RepairPlan plan;
  plan.made = absl::FromUnixMillis(absl::ToUnixMillis(absl::Now()));
  plan.options = request.options;
  CO_ASSIGN_OR_RETURN(plan.pair, co_await PairOf(link));
  CO_ASSIGN_OR_RETURN(RowsOfTables rows,
                      request.report ? FromReport(*request.report, plan.pair, request.tables)
                                     : FromLedger(ledger, plan.pair, request.tables));
  VerifyRequest tables;
  for (const auto& [table, known] : rows) tables.tables.push_back(table);
  if (tables.tables.empty()) co_return plan;
  CO_ASSIGN_OR_RETURN(const std::vector<TablePlan> looked_up,
                      co_await PlanVerify(link, std::move(tables)));
  for (const TablePlan& table : looked_up) {
    TableToMend mend;
    CO_ASSIGN_OR_RETURN(mend.table, PlannedTableOf(table));
    mend.source = link->source.get();
    mend.target = link->target.get();
    mend.rows = std::move(rows[mend.table.table]);
    SortRows(&mend.rows);
    plan.tables.push_back(mend.table);
    PlanRequest how{request.engine, request.options, EngineCosts(), plan.made};
    CO_ASSIGN_OR_RETURN(TableMending mending,
                        co_await PlanTable(std::move(mend), std::move(how), observer));
    std::move(mending.ranges.begin(), mending.ranges.end(), std::back_inserter(plan.ranges));
    std::move(mending.refused.begin(), mending.refused.end(), std::back_inserter(plan.refused));
    plan.same_now += mending.same_now;
  }
  co_return plan;
}

Status NotePlanned(ledger::Ledger* ledger, const RepairPlan& plan, absl::Time now) {
  ASSIGN_OR_RETURN(const std::optional<ledger::PairId> pair, FindPair(ledger, plan.pair));
  if (!pair) return absl::OkStatus();
  for (const PlannedRange& range : plan.ranges) {
    std::vector<std::string> rows;
    // What is planned counts as confirmed: a suspect stays one.
    for (const PlannedRow& row : range.drifted) {
      if (!row.confirmed_by.empty()) rows.push_back(row.row);
    }
    RETURN_IF_ERROR(ledger->Advance(*pair, range.table, rows, ledger::DriftState::kPlanned, now,
                                    fmt::format("to be repaired, {}", ToString(range.engine))));
  }
  return absl::OkStatus();
}

}  // namespace twinwatch::app
