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
    const CheckParts parts{&link_, &plan_, &barriers_, nullptr, &left_};
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

}  // namespace
}  // namespace twinwatch::app
