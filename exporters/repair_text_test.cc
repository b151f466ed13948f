#include "exporters/repair_text.h"

#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporters/repair_json.h"

namespace twinwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const TableName kOrders = *TableName::Parse("orders");

RepairPlan SomePlan() {
  RepairPlan plan;
  plan.pair.source = "zk1,zk2,zk3:2181:/hbase";
  plan.pair.target = "zk4,zk5,zk6:2181:/hbase";
  PlannedRange& range = plan.ranges.emplace_back();
  range.table = kOrders;
  range.range = {"cust-0091", std::string("cust-0092\0", 10)};
  range.since_ms = 1'700'000'000'000;
  range.until_ms = 1'700'000'100'001;
  range.families = {"f"};
  range.why = "few rows: exact, and each write is guarded";
  range.rows = 2;
  range.bytes = 120;
  range.journal_bytes = 300;
  range.drifted.resize(2);
  return plan;
}

const RepairTextOptions kOptions{false, "orders.plan"};

TEST(RepairPlanText, EndsWithWhatToTypeNextAndTheVerdict) {
  const std::string text = RepairPlanText(SomePlan(), kOptions);
  EXPECT_THAT(text, EndsWith("Look:  twinwatch repair apply orders.plan\n"
                             "Apply: twinwatch repair apply orders.plan --execute\n"
                             "PLANNED: 2 rows of 1 table\n"));
  EXPECT_THAT(text, HasSubstr("2023-11-14T22:13:20Z to 2023-11-14T22:15:00Z"));
  for (const auto line : absl::StrSplit(text, '\n')) EXPECT_LE(line.size(), 80u) << line;
}

TEST(RepairPlanText, SaysWhatIsDangerous) {
  RepairPlan plan = SomePlan();
  EXPECT_THAT(RepairPlanText(plan, kOptions), Not(HasSubstr("harmless")));
  plan.ranges[0].drifted[0].deletes = true;
  EXPECT_THAT(RepairPlanText(plan, kOptions), HasSubstr("no delete marker is"));
  plan.ranges[0].engine = RepairEngine::kCopyTable;
  EXPECT_THAT(RepairPlanText(plan, kOptions), HasSubstr("unconditionally"));
}

TEST(RepairPlanText, RowsThatWillNotBeRepairedAreGroupedByReason) {
  RepairPlan plan = SomePlan();
  for (const char* row : {"a", "b", "c", "d", "e", "f", "g"})
    plan.refused.push_back({kOrders, row, "a marker hides it"});
  const std::string text = RepairPlanText(plan, kOptions);
  EXPECT_THAT(text, HasSubstr("Not repaired: 7 rows\n"
                              "  orders a, b, c, d, e and 2 more: a marker hides it\n"));
  EXPECT_THAT(text, EndsWith("PLANNED: 2 rows of 1 table; 7 will not be repaired\n"));
  plan.ranges.clear();
  EXPECT_THAT(RepairPlanText(plan, kOptions), EndsWith("NOT REPAIRABLE: 7 rows\n"));
}

TEST(RepairPlanText, NothingToRepair) {
  EXPECT_THAT(RepairPlanText({}, kOptions), EndsWith("NOTHING TO REPAIR\n"));
}

ListedWrite SomeWrite() {
  ListedWrite listed;
  listed.table = kOrders;
  listed.write.cell = {std::string("r\0", 2), "f", "q", 5, CellType::kPut, "abc"};
  return listed;
}

TEST(RepairOutcomeText, ADryRunListsEachWrite) {
  RepairOutcome outcome;
  outcome.dry_run = true;
  outcome.writes = 1;
  outcome.bytes = 40;
  outcome.listed = {SomeWrite()};
  EXPECT_EQ(RepairOutcomeText(outcome, kOptions),
            "put orders r\\x00 f:q/5 (3 B)\n"
            "Execute: twinwatch repair apply orders.plan --execute\n"
            "DRY RUN: 1 write (40 B) would be sent; nothing was written\n");
  outcome.listed.clear();
  EXPECT_THAT(RepairOutcomeText(outcome, kOptions), EndsWith("there is nothing to write\n"));
}

TEST(RepairOutcomeText, TheLineBeforeTheVerdictUndoesIt) {
  RepairOutcome outcome;
  outcome.journal = "/var/lib/twinwatch/journals/repair-0123.journal";
  outcome.rows_written = 2;
  outcome.rows_same = 2;
  EXPECT_THAT(
      RepairOutcomeText(outcome, kOptions),
      EndsWith("Undo: twinwatch repair undo /var/lib/twinwatch/journals/repair-0123.journal\n"
               "REPAIRED: 2 rows\n"));
  EXPECT_TRUE(IsWhole(outcome));
}

TEST(RepairOutcomeText, WhatWasLeftOrDiffersStillIsRed) {
  RepairOutcome outcome;
  outcome.rows_written = 1;
  outcome.rows_left = 1;
  outcome.left = {{kOrders, "a", "it changed on the target since the plan"}};
  outcome.rows_differ = 1;
  outcome.differ = {{kOrders, "b", "still value (position)"}};
  const std::string text = RepairOutcomeText(outcome, kOptions);
  EXPECT_THAT(text, HasSubstr("orders a: it changed on the target since the plan"));
  EXPECT_THAT(text, HasSubstr("orders b: still value (position)"));
  EXPECT_THAT(text, EndsWith("PARTLY REPAIRED: 1 row; 1 left as they are, 1 differ still\n"));
  EXPECT_FALSE(IsWhole(outcome));
}

TEST(RepairOutcomeText, WhatCouldNotBeJudgedIsNeverFine) {
  RepairOutcome outcome;
  outcome.rows_written = 1;
  outcome.rows_unknown = 1;
  outcome.why_unknown = "the barrier did not come";
  EXPECT_FALSE(IsWhole(outcome));
  EXPECT_THAT(RepairOutcomeText(outcome, kOptions), HasSubstr("UNKNOWN: "));
}

TEST(RepairOutcomeText, AnUndoListsItsMarkers) {
  RepairOutcome outcome;
  outcome.undo = true;
  outcome.rows_written = 1;
  outcome.markers = 1;
  ListedWrite marker = SomeWrite();
  marker.write.cell.type = CellType::kDelete;
  outcome.markers_left = {marker};
  const std::string text = RepairOutcomeText(outcome, kOptions);
  EXPECT_THAT(text, HasSubstr("  delete orders r\\x00 f:q/5\n"));
  EXPECT_THAT(text, EndsWith("UNDONE: 1 row\n"));
}

TEST(RepairOutcomeDocument, HoldsTheSame) {
  RepairOutcome outcome;
  outcome.dry_run = true;
  outcome.plan = "sha256:00";
  outcome.listed = {SomeWrite()};
  const auto json = nlohmann::json::parse(RepairOutcomeDocument(outcome));
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["command"], "repair apply");
  EXPECT_TRUE(json["journal"].is_null());
  EXPECT_EQ(json["writes"][0]["type"], "Put");
  EXPECT_EQ(json["writes"][0]["value_base64"], "YWJj");
  EXPECT_EQ(json["after"]["same"], 0);
  outcome.undo = true;
  EXPECT_EQ(nlohmann::json::parse(RepairOutcomeDocument(outcome))["command"], "repair undo");
}

}  // namespace
}  // namespace twinwatch
