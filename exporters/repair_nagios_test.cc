#include "exporters/repair_nagios.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

const TableName kOrders = *TableName::Parse("orders");

TEST(RepairNagios, APlanIsAsGoodAsWhatItLeavesOut) {
  RepairPlan plan;
  EXPECT_EQ(RepairPlanNagios(plan).line,
            "OK - nothing to repair | planned_rows=0 refused_rows=0;0;0 same_now_rows=0");
  plan.ranges.emplace_back().drifted.resize(2);
  plan.same_now = 1;
  EXPECT_EQ(RepairPlanNagios(plan).line,
            "OK - 2 rows can be repaired | planned_rows=2 refused_rows=0;0;0 same_now_rows=1");
  plan.refused.push_back({kOrders, "r", "a marker | hides it"});
  const NagiosAnswer answer = RepairPlanNagios(plan);
  EXPECT_EQ(answer.line,
            "CRITICAL - 1 of 3 rows will not be repaired: a marker / hides it | planned_rows=2 "
            "refused_rows=1;0;0 same_now_rows=1");
  EXPECT_EQ(answer.state, NagiosState::kCritical);
}

TEST(RepairNagios, WhatWasDone) {
  RepairOutcome outcome;
  outcome.rows_written = 3;
  outcome.rows_same = 3;
  EXPECT_EQ(RepairOutcomeNagios(outcome).line,
            "OK - 3 rows repaired | written_rows=3 left_rows=0;0;0 differing_rows=0;0;0 "
            "unknown_rows=0");
  outcome.rows_unknown = 1;
  EXPECT_EQ(RepairOutcomeNagios(outcome).state, NagiosState::kUnknown);
  outcome.rows_left = 2;
  const NagiosAnswer answer = RepairOutcomeNagios(outcome);
  EXPECT_EQ(answer.line,
            "CRITICAL - 3 rows repaired, 2 left as they are, 1 could not be judged | "
            "written_rows=3 left_rows=2;0;0 differing_rows=0;0;0 unknown_rows=1");
  EXPECT_EQ(answer.state, NagiosState::kCritical);
  outcome.rows_left = 0;
  outcome.rows_differ = 1;
  EXPECT_EQ(RepairOutcomeNagios(outcome).state, NagiosState::kCritical);
}

TEST(RepairNagios, ADryRunThatWorkedIsFine) {
  RepairOutcome outcome;
  outcome.dry_run = true;
  outcome.writes = 1;
  outcome.rows_left = 1;
  const NagiosAnswer answer = RepairOutcomeNagios(outcome);
  EXPECT_EQ(answer.line,
            "OK - dry run: 1 write would be sent, 0 ranges copied | writes=1 left_rows=1");
  EXPECT_EQ(answer.state, NagiosState::kOk);
}

}  // namespace
}  // namespace twinwatch
