#include "verifier/repair/plan_table.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "verifier/repair/assemble_ranges.h"
#include "verifier/repair/count_rows.h"
#include "verifier/repair/planned.h"

namespace twinwatch {
namespace {

constexpr size_t kRowsAtOnce = 8;
constexpr double kNever = 1e12;

uint32_t VersionsOf(const FamilyAttributes& families, const std::set<std::string>& wanted) {
  uint32_t most = 1;
  for (const std::string& name : wanted) {
    const auto family = families.find(name);
    if (family == families.end()) continue;
    const auto versions = family->second.find("VERSIONS");
    uint32_t number = 0;
    if (versions != family->second.end() && absl::SimpleAtoi(ToAbsl(versions->second), &number)) {
      most = std::max(most, number);
    }
  }
  return most;
}

// A closed time span shows in such a family what was deleted after it: to HBase a marker counts
// there only if it lies within the span (in others, if it lies within or after it).
bool ShowsWhatWasDeleted(const FamilyAttributes& families, const std::string& name) {
  const auto family = families.find(name);
  if (family == families.end()) return false;
  const auto keeps = family->second.find("KEEP_DELETED_CELLS");
  return keeps != family->second.end() && !absl::EqualsIgnoreCase(ToAbsl(keeps->second), "FALSE");
}

class TablePlanner {
 public:
  TablePlanner(TableToMend table, PlanRequest request, PlanObserver* observer)
      : table_(std::move(table)), request_(std::move(request)), observer_(observer) {}

  Task<StatusOr<TableMending>> Run() {
    std::vector<Task<void>> workers;
    for (size_t i = 0; i < std::min(kRowsAtOnce, table_.rows.size()); ++i)
      workers.push_back(Work());
    co_await RunAll(std::move(workers));
    CO_RETURN_IF_ERROR(error_);
    std::sort(rows_.begin(), rows_.end(),
              [](const RowToMend& a, const RowToMend& b) { return a.planned.row < b.planned.row; });
    CO_RETURN_IF_ERROR(co_await ChooseRanges());
    std::sort(mending_.refused.begin(), mending_.refused.end(),
              [](const RefusedRow& a, const RefusedRow& b) { return a.row < b.row; });
    co_return std::move(mending_);
  }

 private:
  Task<void> Work() {
    while (next_ < table_.rows.size() && error_.ok()) {
      const DriftedRow row = table_.rows[next_++];
      const Status status = co_await PlanRow(row);
      if (error_.ok()) error_ = status;
      observer_->OnPlanned(table_.table.table, ++done_, table_.rows.size());
    }
  }

  void Refuse(const std::string& row, std::string why) {
    mending_.refused.push_back({table_.table.table, row, std::move(why)});
  }

  Task<Status> PlanRow(DriftedRow row) {
    if (row.drift_class == DriftClass::kMarks) {
      Refuse(row.row, "only delete markers differ: a reader sees the same on both sides");
      co_return absl::OkStatus();
    }
    if (!row.confirmed_by && !request_.options.accept_recheck) {
      Refuse(row.row,
             "no barrier has confirmed it: verify it again, or plan with --accept-recheck");
      co_return absl::OkStatus();
    }
    const ImageSource of_source{table_.source, table_.table.table, table_.table.families};
    const ImageSource of_target{table_.target, table_.table.table, table_.table.families};
    auto [source, target] =
        co_await Both(ReadImage(of_source, row.row), ReadImage(of_target, row.row));
    for (const auto* image : {&source, &target}) {
      if (image->ok()) continue;
      if (!absl::IsFailedPrecondition(image->status())) co_return image->status();
      Refuse(row.row, std::string(Text(image->status())));
      co_return absl::OkStatus();
    }
    Decide(row, *source, *target);
    co_return absl::OkStatus();
  }

  void Decide(const DriftedRow& row, const RowImage& source, const RowImage& target) {
    const EditRules rules =
        RulesFor(table_.table, request_.options, row.all_versions, request_.now);
    const RowEdits edits = EditsOf(source, target, rules);
    if (edits.refused) return Refuse(row.row, *edits.refused);
    if (edits.deletes && !row.confirmed_by)
      return Refuse(row.row, "cells are removed only where a barrier has confirmed the drift");
    if (edits.same) {
      ++mending_.same_now;
      return;
    }
    RowToMend mend;
    for (const GuardedWrite& write : edits.writes) {
      mend.families.insert(write.cell.family);
      mend.written.Include(write.cell.timestamp_ms);
    }
    mend.only_direct = OnlyDirect(edits, mend.families);
    PlannedRow& planned = mend.planned;
    planned.row = row.row;
    planned.drift_class = row.drift_class;
    planned.all_versions = row.all_versions;
    planned.source_seen = SeenDigest(source, row.row);
    planned.target_seen = SeenDigest(target, row.row);
    planned.target_puts = StoredPuts(target);
    planned.writes = edits.writes.size();
    planned.bytes = edits.bytes();
    planned.journal_bytes = BytesOf(target);
    planned.deletes = edits.deletes;
    planned.compaction = edits.compaction;
    planned.confirmed_by = row.confirmed_by.value_or("");
    rows_.push_back(std::move(mend));
  }

  std::optional<std::string> OnlyDirect(const RowEdits& edits,
                                        const std::set<std::string>& families) const {
    if (edits.deletes) return "CopyTable removes nothing";
    if (edits.compaction) return "delete markers must be compacted away first";
    if (edits.ttls) return "CopyTable does not carry the cells' own TTLs";
    for (const std::string& family : families) {
      if (!ShowsWhatWasDeleted(table_.table.source, family)) continue;
      return fmt::format(
          "family {} has KEEP_DELETED_CELLS: CopyTable of a time span would bring back what was "
          "deleted after it",
          family);
    }
    return std::nullopt;
  }

  EngineCosts Costs() const {
    EngineCosts costs = request_.costs;
    if (request_.engine == RepairEngine::kDirect) costs.copy_job_ms = kNever;
    if (request_.engine == RepairEngine::kCopyTable) costs.direct_row_ms = kNever;
    return costs;
  }

  // Rows that only the direct engine can do are refused where it is not wanted.
  void RefuseWhatIsNotCopied() {
    std::erase_if(rows_, [this](const RowToMend& row) {
      if (!row.only_direct) return false;
      RefuseToCopy(row);
      return true;
    });
  }

  Task<Status> ChooseRanges() {
    if (request_.engine == RepairEngine::kCopyTable) RefuseWhatIsNotCopied();
    CO_ASSIGN_OR_RETURN(const std::vector<EngineSpan> spans, co_await ChooseCopied());
    CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> regions,
                        co_await table_.source->Regions(table_.table.table));
    std::vector<std::string> borders;
    for (size_t i = 1; i < regions.size(); ++i) borders.push_back(regions[i].range.start);
    for (PlannedRange& range : AssembleRanges(table_.table.table, rows_, spans, borders)) {
      if (range.engine == RepairEngine::kCopyTable) {
        CO_ASSIGN_OR_RETURN(const std::optional<std::string> why, co_await Measure(&range));
        if (why) {
          WriteInstead(range, *why, borders);
          continue;
        }
      }
      range.why = Why(range);
      mending_.ranges.push_back(std::move(range));
    }
    co_return absl::OkStatus();
  }

  // Of a range that cannot be copied the rows are written one by one.
  void WriteInstead(const PlannedRange& range, const std::string& why,
                    const std::vector<std::string>& borders) {
    std::vector<RowToMend> rows;
    for (const RowToMend& row : rows_) {
      if (!range.range.Contains(row.planned.row)) continue;
      rows.push_back(row);
      rows.back().only_direct = why;
    }
    if (request_.engine == RepairEngine::kCopyTable) {
      for (const RowToMend& row : rows) RefuseToCopy(row);
      return;
    }
    for (PlannedRange& direct : AssembleRanges(range.table, rows, {}, borders)) {
      direct.why = why;
      mending_.ranges.push_back(std::move(direct));
    }
  }

  void RefuseToCopy(const RowToMend& row) {
    Refuse(row.planned.row, fmt::format("{}: use --engine direct", *row.only_direct));
  }

  // Rows within a copied range are written whether they are planned or not: none is drawn over one
  // that CopyTable would write wrongly, or that the plan says is left alone.
  std::set<std::string> NotToBeCopied() const {
    std::set<std::string> rows;
    for (const RowToMend& row : rows_) {
      if (row.only_direct) rows.insert(row.planned.row);
    }
    for (const RefusedRow& row : mending_.refused) rows.insert(row.row);
    return rows;
  }

  // Reads how far apart the rows lie only where copying could be worth while.
  Task<StatusOr<std::vector<EngineSpan>>> ChooseCopied() {
    const EngineCosts costs = Costs();
    const std::vector<size_t> copyable = CopyableRows(rows_);
    const double directly = costs.direct_row_ms * static_cast<double>(copyable.size());
    if (copyable.empty() || directly <= costs.copy_job_ms) co_return std::vector<EngineSpan>();
    CountedCells cells = CellsOf(table_.source, {});
    std::vector<std::string> keys;
    for (const size_t i : copyable) keys.push_back(rows_[i].planned.row);
    // A longer gap is never bridged; and more counting would take longer than the choice can save.
    const double gap = costs.copy_job_ms / costs.copy_row_ms;
    const double budget =
        request_.engine ? std::numeric_limits<uint32_t>::max() : directly / costs.copy_row_ms;
    CO_ASSIGN_OR_RETURN(
        std::vector<uint64_t> between,
        co_await CountBetween(std::move(cells), std::move(keys), static_cast<uint64_t>(gap),
                              static_cast<uint64_t>(budget)));
    KeepApart(rows_, NotToBeCopied(), &between);
    co_return ChooseEngines(between, costs);
  }

  CountedCells CellsOf(Cluster* cluster, std::vector<std::string> families) const {
    CountedCells cells;
    cells.cluster = cluster;
    cells.table = table_.table.table;
    cells.families = families.empty() ? table_.table.families : std::move(families);
    return cells;
  }

  // Why it cannot be copied; none: it can.
  Task<StatusOr<std::optional<std::string>>> Measure(PlannedRange* range) {
    const std::set<std::string> families(range->families.begin(), range->families.end());
    range->versions = VersionsOf(table_.table.source, families);
    CountedCells source = CellsOf(table_.source, range->families);
    CountedCells target = CellsOf(table_.target, range->families);
    source.since_ms = target.since_ms = range->since_ms;
    source.until_ms = target.until_ms = range->until_ms;
    const auto [stored, before] = co_await Both(MeasureStored(source, range->range),
                                                MeasureStored(std::move(target), range->range));
    CO_RETURN_IF_ERROR(stored.status());
    CO_RETURN_IF_ERROR(before.status());
    for (const StoredSize* side : {&*stored, &*before}) {
      if (side->tagged_row) co_return std::optional(StripsTags(*side->tagged_row));
    }
    CO_ASSIGN_OR_RETURN(const RangeSize copied,
                        co_await MeasureRange(std::move(source), range->range, range->versions));
    range->rows = copied.rows;
    range->bytes = copied.bytes;
    range->journal_bytes = before->bytes;
    co_return std::nullopt;
  }

  std::string Why(const PlannedRange& range) const {
    if (range.engine == RepairEngine::kCopyTable) {
      if (request_.engine) return "as asked for";
      return fmt::format("{} of its {} rows are to be written: copying them all takes less time",
                         range.drifted.size(), range.rows);
    }
    for (const RowToMend& row : rows_) {
      if (row.only_direct && range.range.Contains(row.planned.row)) return *row.only_direct;
    }
    if (request_.engine) return "as asked for";
    return "few rows: exact, and each write is guarded";
  }

  TableToMend table_;
  PlanRequest request_;
  PlanObserver* observer_;
  size_t next_ = 0;
  uint64_t done_ = 0;
  Status error_;
  std::vector<RowToMend> rows_;
  TableMending mending_;
};

}  // namespace

Task<StatusOr<TableMending>> PlanTable(TableToMend table, PlanRequest request,
                                       PlanObserver* observer) {
  TablePlanner planner(std::move(table), std::move(request), observer);
  co_return co_await planner.Run();
}

}  // namespace twinwatch
