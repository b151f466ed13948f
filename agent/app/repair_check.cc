#include "agent/app/repair_check.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agent/app/repair_plan.h"
#include "agent/app/verify_plan.h"
#include "verifier/confirm/confirm.h"
#include "verifier/ledger/drift_life.h"
#include "verifier/repair/read_image.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch::app {
namespace {

constexpr size_t kRowsAtOnce = 500;
constexpr uint64_t kBytesAtOnce = uint64_t{8} << 20;

struct RowToCheck {
  const std::string* row = nullptr;
  bool all_versions = false;  // are compared
  uint64_t bytes = 0;         // on both sides, about
};

// What the sandwiches say of the rows that differ.
class Differing : public ConfirmObserver {
 public:
  void OnDrift(const ConfirmedRow& row) override {
    drift[std::string(row.row)] = row.drift.drift_class;
    weakest = std::max(weakest.value_or(row.confirmed_by), row.confirmed_by);
  }
  void OnUnknown(std::string_view row, std::string_view why) override {
    unknown[std::string(row)] = why;
  }
  void OnWait(std::string_view /*what*/) override {}

  std::map<std::string, DriftClass> drift;
  std::map<std::string, std::string> unknown;
  std::optional<BarrierKind> weakest;
};

class Checker {
 public:
  Checker(CheckParts parts, RepairOutcome* outcome) : parts_(parts), outcome_(outcome) {}

  Task<Status> Run() {
    VerifyRequest request;
    for (const PlannedTable& table : parts_.plan->tables) request.tables.push_back(table.table);
    if (request.tables.empty()) co_return absl::OkStatus();
    CO_ASSIGN_OR_RETURN(const std::vector<TablePlan> tables,
                        co_await PlanVerify(parts_.link, std::move(request)));
    if (parts_.ledger != nullptr) {
      CO_ASSIGN_OR_RETURN(pair_, FindPair(parts_.ledger, parts_.plan->pair));
    }
    for (const TablePlan& table : tables) {
      CO_RETURN_IF_ERROR(table.problem);
      CO_RETURN_IF_ERROR(co_await CheckTable(&table));
    }
    co_return absl::OkStatus();
  }

 private:
  Task<Status> CheckTable(const TablePlan* table) {
    const std::vector<RowToCheck> rows = RowsOf(table->pair.source_table);
    std::vector<std::string> same;
    std::vector<std::string> differ;
    std::vector<std::string> differ_in_versions;  // of rows of which all versions were compared
    for (size_t first = 0, end = 0; first < rows.size(); first = end) {
      std::vector<std::string> keys;
      uint64_t bytes = 0;
      for (; end < rows.size() && keys.size() < kRowsAtOnce && bytes < kBytesAtOnce; ++end) {
        keys.push_back(*rows[end].row);
        bytes += rows[end].bytes;
      }
      const ImageSource source{table->pair.source, table->pair.source_table, table->pair.families,
                               0, std::nullopt};
      const ImageSource target{table->pair.target, table->pair.target_table, table->pair.families,
                               0, std::nullopt};
      const auto [sources, targets] =
          co_await Both(ReadImages(source, keys), ReadImages(target, keys));
      for (size_t i = first; i < end; ++i) {
        const StatusOr<RowImage>& of_source = sources[i - first];
        const StatusOr<RowImage>& of_target = targets[i - first];
        CO_ASSIGN_OR_RETURN(const bool readable,
                            TellIfUnreadable(of_source.status(), of_target.status()));
        if (!readable) continue;
        const bool is_same = IsSame(rows[i].all_versions, *of_source, *of_target);
        std::vector<std::string>& others = rows[i].all_versions ? differ_in_versions : differ;
        (is_same ? same : others).push_back(*rows[i].row);
      }
    }
    outcome_->rows_same += same.size();
    CO_RETURN_IF_ERROR(Remember(table->pair.source_table, same));
    CO_RETURN_IF_ERROR(co_await JudgeRows(table, std::move(differ), 1));
    co_return co_await JudgeRows(table, std::move(differ_in_versions), kAllVersions);
  }

  std::vector<RowToCheck> RowsOf(const TableName& table) const {
    std::vector<RowToCheck> rows;
    for (const PlannedRange& range : parts_.plan->ranges) {
      if (range.table != table) continue;
      for (const PlannedRow& row : range.drifted) {
        if (parts_.left->contains({range.table, row.row})) continue;
        // On each side about what the target had and what it got.
        rows.push_back({&row.row, row.all_versions, 2 * (row.bytes + row.journal_bytes)});
      }
    }
    if (parts_.also == nullptr) return rows;
    for (const AlsoWritten& also : *parts_.also) {
      if (also.table == table) rows.push_back({&also.row, also.all_versions, 0});
    }
    return rows;
  }

  // A row that is too large, or that does not stop changing, is unknown; the others are judged.
  StatusOr<bool> TellIfUnreadable(const Status& source, const Status& target) {
    for (const Status& side : {source, target}) {
      if (side.ok()) continue;
      if (!absl::IsFailedPrecondition(side)) return side;
      ++outcome_->rows_unknown;
      outcome_->why_unknown = std::string(Text(side));
      return false;
    }
    return true;
  }

  static bool IsSame(bool all_versions, const RowImage& source, const RowImage& target) {
    EditRules rules;
    rules.all_versions = all_versions;
    return EditsOf(source, target, rules).same;
  }

  Status Remember(const TableName& table, const std::vector<std::string>& same) {
    if (!pair_) return absl::OkStatus();
    const absl::Time now = absl::Now();
    RETURN_IF_ERROR(parts_.ledger->Advance(*pair_, table, same, ledger::DriftState::kRepaired, now,
                                           ledger::RepairedNote(outcome_->plan)));
    return parts_.ledger->Advance(*pair_, table, same, ledger::DriftState::kRechecked, now,
                                  "the same after the repair");
  }

  Task<Status> JudgeRows(const TablePlan* table, std::vector<std::string> rows,
                         uint32_t max_versions) {
    if (rows.empty()) co_return absl::OkStatus();
    const TableName name = table->pair.source_table;
    if (parts_.barriers == nullptr || !table->replicates) {
      outcome_->rows_unknown += rows.size();
      outcome_->why_unknown = "they differ, and there is no barrier to prove that it is drift";
      co_return absl::OkStatus();
    }
    const std::set<std::string, std::less<>> wanted(rows.begin(), rows.end());
    ConfirmSides sides;
    sides.source = table->pair.source;
    sides.source_scan = table->pair.SourceScan({});
    sides.target = table->pair.target;
    sides.target_scan = table->pair.TargetScan({});
    sides.source_scan.max_versions = sides.target_scan.max_versions = max_versions;
    sides.edges = table->pair.edges;
    ConfirmBatch batch;
    batch.contains = [&wanted](std::string_view row) { return wanted.contains(row); };
    for (const std::string& row : rows) batch.spans.push_back(OneRow(row));
    Differing differing;
    while (!batch.spans.empty()) {
      const StatusOr<std::vector<KeyRange>> put_off = co_await ConfirmSuspects(
          sides, parts_.barriers->pointers(), batch, ConfirmOptions(), &differing);
      if (!put_off.ok()) {
        outcome_->why_unknown = std::string(Text(put_off.status()));
        outcome_->rows_unknown += wanted.size() - differing.drift.size();
        break;
      }
      batch.spans = *put_off;
    }
    if (batch.spans.empty()) {
      outcome_->rows_unknown += differing.unknown.size();
      if (!differing.unknown.empty()) outcome_->why_unknown = differing.unknown.begin()->second;
      std::vector<std::string> same;
      for (const std::string& row : rows) {
        if (!differing.drift.contains(row) && !differing.unknown.contains(row)) same.push_back(row);
      }
      outcome_->rows_same += same.size();
      CO_RETURN_IF_ERROR(Remember(name, same));
    }
    if (differing.weakest) outcome_->confirm = std::string(ToString(*differing.weakest));
    outcome_->rows_differ += differing.drift.size();
    std::vector<std::string> again;
    for (const auto& [row, drift_class] : differing.drift) {
      again.push_back(row);
      if (outcome_->differ.size() < kMaxListed) {
        outcome_->differ.push_back(
            {name, row, fmt::format("still {} ({})", ToString(drift_class), outcome_->confirm)});
      }
    }
    if (!pair_) co_return absl::OkStatus();
    co_return parts_.ledger->Advance(*pair_, name, again, ledger::DriftState::kConfirmed,
                                     absl::Now(), "differs still after the repair");
  }

  CheckParts parts_;
  RepairOutcome* outcome_;
  std::optional<ledger::PairId> pair_;
};

}  // namespace

Task<Status> CheckRepaired(CheckParts parts, RepairOutcome* outcome) {
  Checker checker(parts, outcome);
  co_return co_await checker.Run();
}

}  // namespace twinwatch::app
