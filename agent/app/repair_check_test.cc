#include "agent/app/repair_check.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/fakes/fake_barrier.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch::app {
namespace {

class RepairCheckTest : public ::testing::Test {
 protected:
  RepairCheckTest() {
    auto source = std::make_unique<testing::FakeCluster>("source");
    auto target = std::make_unique<testing::FakeCluster>("target");
    source_ = source.get();
    target_ = target.get();
    source_->AddTable("t");
    target_->AddTable("t");
    link_.source = std::move(source);
    link_.target = std::move(target);
    link_.peer = Peer();
    barriers_.forward = std::make_unique<testing::FakeBarrier>();
    plan_.tables.emplace_back().table = table_;
    PlannedRange& range = plan_.ranges.emplace_back();
    range.table = table_;
    range.drifted.emplace_back().row = "a";
    for (testing::FakeCluster* cluster : {source_, target_})
      cluster->Store("t", "a", "q", 9, CellType::kPut, "latest");
  }

  RepairOutcome Check(bool all_versions) {
    plan_.ranges[0].drifted[0].all_versions = all_versions;
    RepairOutcome outcome;
    const CheckParts parts{&link_, &plan_, &barriers_, nullptr, &left_, &also_};
    const Status checked = testing::RunCoro(CheckRepaired(parts, &outcome));
    EXPECT_TRUE(checked.ok()) << checked;
    return outcome;
  }

  const TableName table_ = *TableName::Parse("t");
  testing::FakeCluster* source_ = nullptr;
  testing::FakeCluster* target_ = nullptr;
  Link link_;
  Barriers barriers_;
  RepairPlan plan_;
  RowsOfPlan left_;
  std::vector<AlsoWritten> also_;
};

TEST_F(RepairCheckTest, ARowIsTheSameWhenItsLatestCellsAre) {
  source_->Store("t", "a", "q", 5, CellType::kPut, "older");
  EXPECT_EQ(Check(false).rows_same, 1u);
}

TEST_F(RepairCheckTest, OneWhoseVersionsWereComparedIsNotTheSameWhileAnOlderOneDiffers) {
  source_->Store("t", "a", "q", 5, CellType::kPut, "older");
  const RepairOutcome outcome = Check(true);
  EXPECT_EQ(outcome.rows_same, 0u);
  EXPECT_EQ(outcome.rows_differ, 1u);
  EXPECT_EQ(outcome.confirm, "position+heartbeat");
}

// No write could mend it: both versions are stored on both sides, and one side shows one of them.
TEST_F(RepairCheckTest, ARowThatNeedsNoWriteAndLooksOtherwiseIsNotTheSame) {
  source_->tables.at(table_).descriptor.families[0].attributes["VERSIONS"] = "1";
  for (testing::FakeCluster* cluster : {source_, target_})
    cluster->Store("t", "a", "q", 5, CellType::kPut, "older");
  const RepairOutcome outcome = Check(true);
  EXPECT_EQ(outcome.rows_same, 0u);
  EXPECT_EQ(outcome.rows_differ, 1u);
}

TEST_F(RepairCheckTest, OneRowThatDoesNotStopChangingIsUnknownAndTheOthersAreJudged) {
  plan_.ranges[0].drifted.emplace_back().row = "b";
  uint64_t writes = 10;
  target_->before_scan = [&] { target_->Put("t", "b", "q", ++writes, "v"); };
  const RepairOutcome outcome = Check(false);
  EXPECT_EQ(outcome.rows_same, 1u);
  EXPECT_EQ(outcome.rows_unknown, 1u);
  EXPECT_NE(outcome.why_unknown.find("stop changing"), std::string::npos) << outcome.why_unknown;
}

TEST_F(RepairCheckTest, WhatCopyTableWroteBesideThePlanIsJudgedToo) {
  also_ = {{table_, "brought back", false}};
  EXPECT_EQ(Check(false).rows_same, 2u);
  target_->Put("t", "brought back", "q", 5, "v");
  const RepairOutcome outcome = Check(false);
  EXPECT_EQ(outcome.rows_same, 1u);
  EXPECT_EQ(outcome.rows_differ, 1u);
}

// Rows are read in several batches when they are large.
TEST_F(RepairCheckTest, LargeRowsAreAllLookedAt) {
  PlannedRange& range = plan_.ranges[0];
  range.drifted.clear();
  for (int i = 0; i < 50; ++i) {
    PlannedRow& row = range.drifted.emplace_back();
    row.row = fmt::format("row{:02}", i);
    row.bytes = 1 << 20;
    source_->Put("t", row.row, "q", 5, "v");
    if (i != 49) target_->Put("t", row.row, "q", 5, "v");
  }
  const RepairOutcome outcome = Check(false);
  EXPECT_EQ(outcome.rows_same, 49u);
  EXPECT_EQ(outcome.rows_differ, 1u);
}

}  // namespace
}  // namespace twinwatch::app
