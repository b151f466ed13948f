#include "exporters/repair_plan_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace twinwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

RepairPlan SomePlan() {
  RepairPlan plan;
  plan.pair = {"a:2181:/hbase", "b:2181:/hbase",        "id-a", "id-b", "1",
               "replicate_all", {{"source", "conf:/a"}}};
  plan.made = absl::FromUnixMillis(1'700'000'000'123);
  plan.options.allow_deletes = true;
  plan.same_now = 2;
  PlannedTable& table = plan.tables.emplace_back();
  table.table = *TableName::Parse("ns:t");
  table.families = {"f", "g"};
  table.source = {{"f", {{"VERSIONS", "3"}}}};
  table.target = {{"f", {{"VERSIONS", "1"}, {"TTL", "60"}}}};
  PlannedRange& range = plan.ranges.emplace_back();
  range.table = table.table;
  range.range = {std::string("\0\xff\\", 3), ""};
  range.since_ms = 5;
  range.until_ms = UINT64_MAX;
  range.families = {"f"};
  range.engine = RepairEngine::kCopyTable;
  range.why = "many rows";
  range.rows = 3;
  range.bytes = 120;
  range.journal_bytes = 300;
  range.versions = 3;
  PlannedRow& row = range.drifted.emplace_back();
  row.row = range.range.start;
  row.drift_class = DriftClass::kCells;
  row.all_versions = true;
  row.source_seen = "aa";
  row.target_seen = "bb";
  row.target_puts = {1, UINT64_MAX};
  row.writes = 1;
  row.bytes = 40;
  row.journal_bytes = 100;
  row.deletes = true;
  row.compaction = true;
  row.confirmed_by = "position+heartbeat";
  plan.refused.push_back({table.table, std::string("\0k", 2), "covered"});
  return plan;
}

TEST(RepairPlanJson, ComesBackAsItWas) {
  const RepairPlan plan = SomePlan();
  const PlanDocument document = ToDocument(plan);
  EXPECT_THAT(document.digest, StartsWith("sha256:"));
  const StatusOr<ParsedPlan> parsed = ParsePlan(document.text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->plan, plan);
  EXPECT_EQ(parsed->digest, document.digest);
}

TEST(RepairPlanJson, LaidOutAnewItIsTheSamePlan) {
  const PlanDocument document = ToDocument(SomePlan());
  const std::string pretty = nlohmann::ordered_json::parse(document.text).dump(2);
  EXPECT_TRUE(ParsePlan(pretty).ok());
}

TEST(RepairPlanJson, EachEditIsNoticed) {
  const PlanDocument document = ToDocument(SomePlan());
  const auto json = nlohmann::ordered_json::parse(document.text);
  int edits = 0;
  const auto flat = json.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (path == "/plan" || path == "/schema_version" || path == "/command") continue;
    auto edited = json;
    auto& place = edited[nlohmann::ordered_json::json_pointer(path)];
    if (value.is_boolean()) {
      place = !value.get<bool>();
    } else if (value.is_number()) {
      place = 7;
    } else {
      place = "else";
    }
    const StatusOr<ParsedPlan> parsed = ParsePlan(edited.dump());
    EXPECT_TRUE(absl::IsFailedPrecondition(parsed.status())) << path << parsed.status();
    ++edits;
  }
  EXPECT_GT(edits, 30);
}

TEST(RepairPlanJson, WhatIsNoPlanIsRefused) {
  for (const char* text : {"", "{", "[]", "{}", R"({"command":"verify"})",
                           R"({"command":"repair plan","schema_version":1,"plan":5})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParsePlan(text).status())) << text;
  }
  const Status newer =
      ParsePlan(R"({"command":"repair plan","schema_version":2,"plan":""})").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(newer));
  EXPECT_THAT(std::string(Text(newer)), HasSubstr("version is 2"));
}

TEST(RepairPlanJson, ARangeOfATableThatIsNotDescribedIsRefused) {
  RepairPlan plan = SomePlan();
  plan.ranges[0].table = *TableName::Parse("other");
  const Status status = ParsePlan(ToDocument(plan).text).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("does not describe table other"));
}

}  // namespace
}  // namespace twinwatch
