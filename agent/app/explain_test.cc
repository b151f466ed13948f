#include "agent/app/explain.h"

#include <gmock/gmock.h>

#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch::app {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Optional;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

Task<bool> ExplainThem(const Link* link, const TablePlan* plan, std::vector<Finding>* findings) {
  co_await Explain(link, plan, findings);
  co_return true;
}

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() {
    plan_.pair = {&source_, &target_, Table(), Table(), {"f"}, 1};
    plan_.replicates = true;
    link_.peer.emplace();
    link_.peer->id = "1";
    for (FakeCluster* side : {&source_, &target_}) side->AddTable("t");
  }

  static TableName Table() { return *TableName::Parse("t"); }

  void Find(const std::string& row, DriftClass drift_class, uint64_t at_ms = 1000) {
    Finding& finding = findings_.emplace_back();
    finding.table = Table();
    finding.row = row;
    finding.drift_class = drift_class;
    finding.confirmed_by = "none";
    finding.differing.Include(at_ms);
  }

  void ExplainAll() {
    plan_.source_descriptor = source_.tables.at(Table()).descriptor;
    plan_.target_descriptor = target_.tables.at(Table()).descriptor;
    RunCoro(ExplainThem(&link_, &plan_, &findings_));
  }

  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  TablePlan plan_;
  Link link_;
  std::vector<Finding> findings_;
};

TEST_F(ExplainTest, ATtlThatOneCellHasOnTheSourceAlone) {
  source_.Put("t", "r", "still", 1000, "v");
  for (const char* qualifier : {"over", "still"}) target_.Put("t", "r", qualifier, 1000, "v");
  source_.cell_ttls_ms[{"r", "still"}] = 86'400'000;
  Find("r", DriftClass::kCells);
  ExplainAll();
  EXPECT_THAT(findings_[0].cause, Optional(HasSubstr("TTL was lost")));
  EXPECT_THAT(findings_[0].evidence, Optional(HasSubstr("f:still of")));
  EXPECT_THAT(findings_[0].evidence, Optional(HasSubstr("86400000 ms")));
}

// All that the row had on the source has ended, and left no trace.
TEST_F(ExplainTest, ATtlThatAnotherRowHasOnTheSourceAlone) {
  for (const char* row : {"a", "b"}) {
    target_.Put("t", row, "q", 1000, "v");
    Find(row, DriftClass::kExtra);
  }
  for (FakeCluster* side : {&source_, &target_}) {
    for (const char* row : {"c", "d"}) side->Put("t", row, "q", 2000, "v");
  }
  source_.cell_ttls_ms[{"d", "q"}] = 86'400'000;
  ExplainAll();
  EXPECT_THAT(findings_, Each(Field(&Finding::cause, Optional(HasSubstr("TTL was lost")))));
  EXPECT_THAT(findings_[1].evidence, Optional(HasSubstr("in row d has")));
  EXPECT_EQ(source_.scans, 2 * 2 + 1);
}

TEST_F(ExplainTest, ATtlOnBothSidesIsNoCause) {
  source_.Put("t", "r", "q", 1000, "v");
  for (const char* qualifier : {"only here", "q"}) target_.Put("t", "r", qualifier, 1000, "v");
  for (FakeCluster* side : {&source_, &target_}) side->cell_ttls_ms[{"r", "q"}] = 86'400'000;
  Find("r", DriftClass::kCells);
  ExplainAll();
  EXPECT_THAT(findings_[0].cause, Optional(HasSubstr("written at the target")));
}

TEST_F(ExplainTest, WhatTheLedgerRemembersOfTheLink) {
  source_.Put("t", "disabled", "q", 1000, "v");
  source_.Put("t", "lost", "q", 5000, "v");
  Find("disabled", DriftClass::kMissing, 1000);
  Find("lost", DriftClass::kMissing, 5000);
  link_.history.peer = {{absl::FromUnixMillis(500), PeerState::kDisabled},
                        {absl::FromUnixMillis(2000), PeerState::kEnabled}};
  link_.history.lost_wals = {{"w.4000", absl::FromUnixMillis(4000), absl::FromUnixMillis(6000)}};
  ExplainAll();
  EXPECT_THAT(findings_[0].cause, Optional(HasSubstr("disabled")));
  EXPECT_THAT(findings_[1].evidence, Optional(HasSubstr("w.4000 is gone")));
  link_.history.peer_created = absl::FromUnixMillis(9000);
  ExplainAll();
  EXPECT_THAT(findings_[0].cause, Optional(HasSubstr("before the peer existed")));
}

TEST_F(ExplainTest, RowsBehindTheFirstHundredAreNotReadAndExplainedNevertheless) {
  for (int i = 0; i < 300; ++i) {
    const std::string row = std::to_string(1000 + i);
    source_.Put("t", row, "q", 1000, "v");
    Find(row, DriftClass::kMissing);
  }
  link_.history.peer = {{absl::FromUnixMillis(500), PeerState::kDisabled}};
  ExplainAll();
  EXPECT_THAT(findings_, Each(Field(&Finding::cause, Optional(HasSubstr("disabled")))));
  EXPECT_EQ(source_.scans, 200);
  target_.tables.at(Table()).descriptor.families[0].attributes["TTL"] = "60";
  ExplainAll();
  EXPECT_THAT(findings_, Each(Field(&Finding::evidence, Optional(HasSubstr("TTL is FOREVER")))));
}

TEST_F(ExplainTest, ARowThatCannotBeReadKeepsWhatTheDescriptorsTell) {
  for (int i = 0; i < 1100; ++i) source_.Put("t", "wide", std::to_string(i), 1000, "v");
  Find("wide", DriftClass::kMissing);
  ExplainAll();
  EXPECT_EQ(findings_[0].cause, std::nullopt);
  target_.tables.at(Table()).descriptor.families[0].attributes["VERSIONS"] = "3";
  ExplainAll();
  EXPECT_THAT(findings_[0].evidence, Optional(HasSubstr("VERSIONS is 1")));
}

}  // namespace
}  // namespace twinwatch::app
