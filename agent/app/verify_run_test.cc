#include "agent/app/verify_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

class Counter : public VerifyObserver {
 public:
  int findings = 0;
  void OnFinding(const Finding&) override { ++findings; }
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
};

class VerifyRunTest : public ::testing::Test {
 protected:
  VerifyRunTest() {
    auto source = std::make_unique<FakeCluster>("a");
    auto target = std::make_unique<FakeCluster>("b");
    source_ = source.get();
    target_ = target.get();
    link_.source = std::move(source);
    link_.target = std::move(target);
    link_.peer.emplace();
    link_.peer->id = "1";
    for (const char* table : {"t", "u", "twinwatch:heartbeat"}) {
      source_->AddTable(table);
      target_->AddTable(table);
    }
    request_.confirm = ConfirmBy::kNone;
  }

  StatusOr<std::vector<TablePlan>> Plan() { return RunCoro(PlanVerify(&link_, request_)); }
  VerifyResult Run() {
    const RunIdentity run{"run", absl::Now(), {}};
    return RunCoro(RunVerify(&link_, *Plan(), request_, &proof_, run, &counter_));
  }

  std::vector<std::string> PlannedTables() {
    std::vector<std::string> names;
    const StatusOr<std::vector<TablePlan>> plans = Plan();
    for (const TablePlan& plan : *plans) names.push_back(plan.pair.source_table.ToString());
    return names;
  }

  Link link_;
  FakeCluster* source_;
  FakeCluster* target_;
  VerifyRequest request_;
  Counter counter_;
  Proof proof_;
};

TEST_F(VerifyRunTest, EveryTableInScopeButOurOwn) {
  source_->AddTable("local").descriptor.families[0].scope = 0;
  EXPECT_THAT(PlannedTables(), ElementsAre("t", "u"));
  request_.include = {"u|v"};
  EXPECT_THAT(PlannedTables(), ElementsAre("u"));
  request_.include = {};
  request_.exclude = {"u"};
  EXPECT_THAT(PlannedTables(), ElementsAre("t"));
}

TEST_F(VerifyRunTest, HeartbeatsAreNoUsersDataWhereverTheyLie) {
  source_->AddTable("ops:beats");
  EXPECT_THAT(PlannedTables(), ElementsAre("t", "u", "ops:beats"));
  link_.heartbeat_table = *TableName::Parse("ops:beats");
  EXPECT_THAT(PlannedTables(), ElementsAre("t", "u"));
}

// READ alone: the families have to be named, and what else there is is not known.
TEST_F(VerifyRunTest, WithoutItsDescriptorATableIsComparedByTheFamiliesThatAreNamed) {
  request_.tables = {*TableName::Parse("t")};
  source_->Put("t", "row", "q", 1, "v");
  for (FakeCluster* hiding : {source_, target_}) {
    hiding->hides_descriptors = true;
    request_.families = {};
    EXPECT_EQ(Run().verdict(), Verdict::kUnknown);
    EXPECT_THAT(*Run().tables[0].error, HasSubstr("--families"));
    request_.families = {"f"};
    const VerifyResult result = Run();
    EXPECT_EQ(result.tables[0].error, std::nullopt);
    EXPECT_EQ(result.tables[0].drift.missing, 1u);
    EXPECT_THAT(*result.tables[0].descriptor_unknown, HasSubstr("AccessDenied"));
    EXPECT_EQ(result.findings.at(0).cause, std::nullopt);
    hiding->hides_descriptors = false;
  }
  EXPECT_EQ(Run().tables[0].descriptor_unknown, std::nullopt);
}

TEST_F(VerifyRunTest, FamiliesThatAreNotReplicatedAreLeftOutByName) {
  source_->tables.at(*TableName::Parse("t")).descriptor.families.push_back({"g", 0, {}});
  request_.tables = {*TableName::Parse("t")};
  const VerifyResult result = Run();
  EXPECT_THAT(result.tables[0].families_left_out, ElementsAre("g"));
  EXPECT_EQ(result.verdict(), Verdict::kSame);
  request_.families = {"g"};
  EXPECT_THAT(std::string(Text(Plan()->at(0).problem)), HasSubstr("b has no family g"));
  request_.families = {"x"};
  EXPECT_THAT(std::string(Text(Plan()->at(0).problem)), HasSubstr("a has no family x"));
}

TEST_F(VerifyRunTest, WithoutAPeerEveryFamilyCounts) {
  link_.peer.reset();
  source_->tables.at(*TableName::Parse("t")).descriptor.families[0].scope = 0;
  request_.tables = {*TableName::Parse("t")};
  EXPECT_THAT(Plan()->at(0).pair.families, ElementsAre("f"));
}

TEST_F(VerifyRunTest, ACopyIsComparedUnderItsOwnNameByTheFamiliesThatBothHave) {
  source_->tables.at(*TableName::Parse("t")).descriptor.families[0].scope = 0;
  source_->tables.at(*TableName::Parse("t")).descriptor.families.push_back({"g", 0, {}});
  target_->tables.at(*TableName::Parse("u")).descriptor.families.push_back({"h", 0, {}});
  source_->Put("t", "row", "q", 1, "v");
  request_.tables = {*TableName::Parse("t")};
  request_.target_table = *TableName::Parse("u");
  EXPECT_FALSE(Plan()->at(0).replicates);
  VerifyResult result = Run();
  EXPECT_THAT(result.tables[0].families_left_out, ElementsAre("g", "h"));
  EXPECT_EQ(result.tables[0].drift.missing, 1u);
  target_->Put("u", "row", "q", 1, "v");
  EXPECT_EQ(Run().verdict(), Verdict::kSame);
  request_.target_table = *TableName::Parse("nowhere");
  EXPECT_EQ(*Run().tables[0].error, "b has no table nowhere");
}

TEST_F(VerifyRunTest, ATableIsNotComparedWithItself) {
  link_.target = std::make_unique<FakeCluster>("a");
  request_.tables = {*TableName::Parse("t")};
  EXPECT_THAT(std::string(Text(Plan()->at(0).problem)), HasSubstr("with itself"));
}

TEST_F(VerifyRunTest, TheScopeIsWhatLeavesOutMost) {
  EXPECT_EQ(ScopeOf(request_), "full");
  request_.options.range = {"a", ""};
  EXPECT_EQ(ScopeOf(request_), "range");
  request_.since = absl::FromUnixMillis(5);
  EXPECT_EQ(ScopeOf(request_), "since");
  request_.keys_only = true;
  EXPECT_EQ(ScopeOf(request_), "keys");
  request_.options.sample.emplace();
  EXPECT_EQ(ScopeOf(request_), "sample");
}

TEST_F(VerifyRunTest, TablesThatAreMissing) {
  target_->tables.erase(*TableName::Parse("u"));
  request_.tables = {*TableName::Parse("t"), *TableName::Parse("u"), *TableName::Parse("nowhere")};
  const VerifyResult result = Run();
  EXPECT_EQ(result.tables[0].error, std::nullopt);
  EXPECT_EQ(*result.tables[1].error, "b has no table u");
  EXPECT_EQ(*result.tables[2].error, "neither a nor b has a table nowhere");
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
}

TEST_F(VerifyRunTest, KeepsTheFirstFindingsAndPassesAllOn) {
  for (char c = 'a'; c < 'k'; ++c) source_->Put("t", std::string(1, c), "q", 1, "v");
  request_.tables = {*TableName::Parse("t")};
  request_.max_findings = 3;
  const VerifyResult result = Run();
  EXPECT_EQ(counter_.findings, 10);
  EXPECT_EQ(result.tables[0].drift.missing, 10u);
  ASSERT_EQ(result.findings.size(), 3u);
  EXPECT_EQ(result.findings[2].row, "c");
}

class VerifyRunFuture : public VerifyRunTest {
 protected:
  VerifyRunFuture() {
    request_.tables = {*TableName::Parse("t")};
    target_->tables.at(request_.tables[0]).descriptor.families.push_back({"local", 0, {}});
    for (FakeCluster* side : {source_, target_}) side->Put("t", "row", "q", ahead_, "v");
  }

  uint64_t ahead_ = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now() + absl::Hours(1)));
};

TEST_F(VerifyRunFuture, CellsOfTheFutureAreNoDifference) {
  target_->tables.at(request_.tables[0])
      .rows["row"]
      .push_back({"row", "local", "q", ahead_, CellType::kPut, "v"});
  const VerifyResult result = Run();
  EXPECT_EQ(result.verdict(), Verdict::kSame);
  ASSERT_TRUE(result.tables[0].future.has_value());
  EXPECT_EQ(result.tables[0].future->cells, 1u);
  EXPECT_THAT(result.tables[0].future->rows, ElementsAre(FutureRow{"row", "f", ahead_, false}));
}

TEST_F(VerifyRunFuture, OnlyInTheRangeAskedFor) {
  request_.options.range = {"s", ""};
  EXPECT_EQ(Run().tables[0].future->Sum(), 0u);
  request_.options.range = {"r", ""};
  EXPECT_EQ(Run().tables[0].future->Sum(), 1u);
}

TEST_F(VerifyRunFuture, NotWhereLessWasAskedFor) {
  request_.keys_only = true;
  EXPECT_EQ(Run().tables[0].future, std::nullopt);
  request_.keys_only = false;
  request_.since = absl::FromUnixMillis(5);
  EXPECT_EQ(Run().tables[0].future, std::nullopt);
  request_.since.reset();
  request_.tables = {*TableName::Parse("twinwatch:heartbeat")};
  EXPECT_EQ(Run().tables[0].future, std::nullopt);
}

TEST_F(VerifyRunFuture, OfTheTableByItsNameOnTheTarget) {
  request_.target_table = *TableName::Parse("u");
  EXPECT_EQ(Run().tables[0].future->Sum(), 0u);
  target_->Put("u", "row", "q", ahead_, "v");
  EXPECT_EQ(Run().tables[0].future->Sum(), 1u);
}

TEST_F(VerifyRunFuture, NotKnownWhereNotAllCouldBeRead) {
  target_->fails_at_row = "a";
  const VerifyResult result = Run();
  EXPECT_EQ(result.tables[0].future, std::nullopt);
  EXPECT_THAT(*result.tables[0].future_unknown, HasSubstr("the fake was told to fail"));
}

}  // namespace
}  // namespace twinwatch::app
