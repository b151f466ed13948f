// Two fake clusters with a table `t`, and what tests of planning, applying and undoing share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "probes/api/table_copy.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"
#include "verifier/repair/apply_direct.h"
#include "verifier/repair/plan_table.h"
#include "verifier/repair/undo.h"

namespace twinwatch::testing {

struct ToldRow {
  RowOutcome outcome = RowOutcome::kSkipped;
  std::string why;
};

class RowTeller : public ApplyObserver, public PlanObserver {
 public:
  void OnWrite(const TableName&, const GuardedWrite& write) override { writes.push_back(write); }
  void OnCompaction(const TableName&, std::string_view row) override {
    compactions.emplace_back(row);
  }
  void OnRow(const TableName&, std::string_view row, RowOutcome outcome,
             std::string_view why) override {
    rows[std::string(row)] = {outcome, std::string(why)};
  }
  Task<void> Pace(uint64_t bytes) override {
    paced += bytes;
    if (on_pace) on_pace();
    co_return;
  }
  bool GivenUp() override { return given_up; }
  bool StopsCopies() override { return given_up || stops_copies; }
  void OnPlanned(const TableName&, uint64_t, uint64_t) override {}

  std::vector<GuardedWrite> writes;
  std::vector<std::string> compactions;
  std::map<std::string, ToldRow> rows;
  uint64_t paced = 0;
  std::function<void()> on_pace;  // what happens while it waits
  bool given_up = false;
  bool stops_copies = false;
};

class RepairTest : public ::testing::Test {
 protected:
  RepairTest() {
    for (FakeCluster* cluster : {&source, &target}) cluster->AddTable("t");
    char name[] = "/tmp/twinwatch-repair-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~RepairTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  TableName table() const { return *TableName::Parse("t"); }
  std::string JournalFile() const { return folder_ + "/deep/t.journal"; }

  PlannedTable planned_table() const {
    PlannedTable planned;
    planned.table = table();
    planned.families = {"f"};
    planned.source = source_attributes;
    return planned;
  }

  TableMending Plan(std::vector<DriftedRow> rows, PlanRequest request = {}) {
    TableToMend mend;
    mend.table = planned_table();
    mend.source = &source;
    mend.target = &target;
    mend.rows = std::move(rows);
    request.now = absl::FromUnixMillis(1'000'000);
    request.options = options;
    const StatusOr<TableMending> mending = RunCoro(PlanTable(mend, request, &teller));
    EXPECT_TRUE(mending.ok()) << mending.status();
    if (!mending.ok()) return {};
    plan = RepairPlan();
    plan.options = options;
    plan.tables = {planned_table()};
    plan.ranges = mending->ranges;
    plan.refused = mending->refused;
    return *mending;
  }

  // All rows that are on either side, as if a verification had found them.
  std::vector<DriftedRow> AllRows(bool all_versions = false) const {
    std::map<std::string, DriftedRow> rows;
    for (const FakeCluster* cluster : {&source, &target}) {
      for (const auto& [row, cells] : cluster->tables.at(table()).rows)
        rows[row] = {row, DriftClass::kCells, "position", all_versions};
    }
    std::vector<DriftedRow> sorted;
    for (const auto& [row, drifted] : rows) sorted.push_back(drifted);
    return sorted;
  }

  std::unique_ptr<Journal> OpenOrMakeJournal() {
    StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(JournalFile());
    if (absl::IsNotFound(journal.status())) {
      journal = Journal::Create(JournalFile(), {"plan", "sha256:0123456789abcdef", absl::Now()},
                                max_journal_bytes);
    }
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? *std::move(journal) : nullptr;
  }

  Status Apply(bool execute = true) {
    const std::unique_ptr<Journal> journal = execute ? OpenOrMakeJournal() : nullptr;
    teller = RowTeller();
    teller.on_pace = on_pace;
    for (const PlannedRange& range : plan.ranges) {
      DirectParts parts;
      parts.sides = {&source, &target, "id-of-source"};
      parts.table = planned_table();
      parts.options = options;
      parts.no_deletes = no_deletes;
      parts.journal = journal.get();
      parts.observer = &teller;
      RETURN_IF_ERROR(RunCoro(ApplyDirect(parts, range)));
    }
    return absl::OkStatus();
  }

  StatusOr<UndoResult> UndoAll(bool allow_compaction = false, bool execute = true) {
    const std::unique_ptr<Journal> journal = OpenOrMakeJournal();
    teller = RowTeller();
    UndoParts parts;
    parts.sides = {&source, &target, "id-of-source"};
    parts.plan = &plan;
    parts.journal = journal.get();
    parts.allow_compaction = allow_compaction;
    parts.copier = copier;
    parts.dry_run = !execute;
    parts.observer = &teller;
    return RunCoro(Undo(parts));
  }

  // A row of the target is another one each time that it is looked at.
  void KeepChanging(const std::string& row) {
    target.before_scan = [this, row] {
      target.Put("t", row, "hot", 5, fmt::format("{}", ++changes_));
    };
  }

  // Just before the first write somebody else puts a cell in the place of `row`'s.
  void SomebodyIsFaster(const std::string& row) {
    target.before_guarded_write = [this, row](const GuardedWrite&) {
      target.Store("t", row, "q", 5, CellType::kPut, "theirs");
      target.before_guarded_write = nullptr;  // ends this function's own captures
      return absl::OkStatus();
    };
  }

  // What a reader of all versions sees of a row.
  static std::vector<Cell> Seen(FakeCluster& cluster, const std::string& row) {
    ScanSpec spec;
    spec.table = *TableName::Parse("t");
    spec.range = OneRow(row);
    spec.max_versions = kAllVersions;
    std::vector<Cell> cells;
    const auto scanner = cluster.Scan(spec);
    for (bool last = false; !last;) {
      const StatusOr<CellBatch> batch = RunCoro(scanner->Next());
      if (!batch.ok()) break;
      for (const CellView& cell : batch->cells) cells.push_back(ToCell(cell));
      last = batch->last;
    }
    return cells;
  }

  FakeCluster source{"source"};
  FakeCluster target{"target"};
  FamilyAttributes source_attributes;
  PlanOptions options;
  std::optional<std::string> no_deletes;
  RepairPlan plan;
  RowTeller teller;
  TableCopier* copier = nullptr;  // of undo
  std::function<void()> on_pace;  // of the teller, in Apply
  uint64_t max_journal_bytes = uint64_t{1} << 30;

 private:
  std::string folder_;
  uint64_t changes_ = 0;
};

}  // namespace twinwatch::testing
