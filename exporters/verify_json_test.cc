#include "exporters/verify_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace twinwatch {
namespace {

using Json = nlohmann::json;

VerifyResult Result() {
  VerifyResult result;
  result.run = "20261123T163804Z-1f3a";
  result.scope = "full";
  result.confirm = "none";
  result.started = absl::FromUnixMillis(1795451884000);
  result.ended = result.started + absl::Milliseconds(6120);
  result.took = absl::Milliseconds(6120);
  TableResult& table = result.tables.emplace_back();
  table.table = *TableName::Parse("t");
  table.rows_source = 10;
  table.rows_target = 11;
  table.cells_source = 20;
  table.bytes_read = 500;
  table.drift.extra = 1;
  Finding& finding = result.findings.emplace_back();
  finding.table = table.table;
  finding.row = std::string("0\x00\xff", 3);
  finding.drift_class = DriftClass::kExtra;
  finding.confirmed_by = "none";
  finding.first_seen = result.started;
  return result;
}

// To the letter, the document that users' scripts read.
TEST(VerifyJson, Document) {
  const Json json = Json::parse(VerifyDocument(Result()));
  const Json expected = Json::parse(R"({
    "schema_version":1,"command":"verify","run":"20261123T163804Z-1f3a","verdict":"drift","scope":"full",
    "confirm":"none","started":"2026-11-23T16:38:04Z","seconds":6.1,
    "tables":[{"table":"t","verdict":"drift","rows_source":10,"rows_target":11,"cells_source":20,"bytes_read":500,
      "drift":{"missing":0,"extra":1,"value":0,"cells":0,"marks":0},
      "suspects":{"missing":0,"extra":0,"value":0,"cells":0,"marks":0},
      "in_flight":0,"unknown_rows":0,"waived":0,"unverified_ranges":[],"families_left_out":[],"sample":null,"error":null,
      "future":null}],
    "drifted":[{"table":"t","row":"0\\x00\\xFF","row_base64":"MAD/","class":"extra","confirmed_by":"none",
      "first_seen":"2026-11-23T16:38:04Z","cause":null}]})");
  EXPECT_EQ(json, expected);
}

TEST(VerifyJson, CellsOfTheFutureChangeNoVerdict) {
  VerifyResult result = Result();
  result.tables[0].drift.extra = 0;
  result.tables[0].future.emplace();
  Json json = Json::parse(VerifyDocument(result));
  EXPECT_EQ(json["tables"][0]["future"], Json::parse(R"({"cells":0,"delete_markers":0,
    "at_least":false,"furthest":null,"rows":[]})"));
  result.tables[0].future = FutureCells{
      1, 2, true, 1795455484000, {{std::string("0\x00\xff", 3), "f", 1795455484000, true}}, {}};
  json = Json::parse(VerifyDocument(result));
  EXPECT_EQ(json["tables"][0]["future"], Json::parse(R"({"cells":1,"delete_markers":2,
    "at_least":true,"furthest":"2026-11-23T17:38:04Z","rows":[{"row":"0\\x00\\xFF",
    "row_base64":"MAD/","family":"f","timestamp_ms":1795455484000,"delete_marker":true}]})"));
  EXPECT_EQ(json["verdict"], "same");
  EXPECT_EQ(json["tables"][0]["verdict"], "same");
}

TEST(VerifyJson, ASampleSaysHowSureItIs) {
  VerifyResult result = Result();
  result.tables[0].sample = SampleStatement{400, 100, 7, 0.95, 29957};
  EXPECT_EQ(Json::parse(VerifyDocument(result))["tables"][0]["sample"],
            Json::parse(R"({"rows":400,"confidence":0.95,"max_rate_ppm":29957})"));
  result.tables[0].sample->max_rate_ppm.reset();
  EXPECT_TRUE(Json::parse(VerifyDocument(result))["tables"][0]["sample"]["max_rate_ppm"].is_null());
}

TEST(VerifyJson, SuspectsAreConfirmedByNothing) {
  VerifyResult result = Result();
  result.findings[0].confirmed_by.reset();
  EXPECT_TRUE(Json::parse(VerifyDocument(result))["drifted"][0]["confirmed_by"].is_null());
}

TEST(VerifyJson, WhatWasNotComparedIsThere) {
  VerifyResult result = Result();
  result.tables[0].drift = {};
  result.tables[0].error = "b has no table t";
  result.tables[0].unverified.push_back({{"a", std::string("b\x00", 2)}, "why"});
  const Json json = Json::parse(VerifyDocument(result));
  EXPECT_EQ(json["verdict"], "unknown");
  EXPECT_EQ(json["tables"][0]["error"], "b has no table t");
  EXPECT_EQ(
      json["tables"][0]["unverified_ranges"][0],
      Json::parse(
          R"({"start":"a","stop":"b\\x00","start_base64":"YQ==","stop_base64":"YgA=","why":"why"})"));
}

TEST(VerifyJson, TextThatIsNoUtf8IsStillJson) {
  VerifyResult result = Result();
  result.tables[0].error = "bad \xff text";
  EXPECT_FALSE(Json::parse(VerifyDocument(result)).is_discarded());
}

TEST(VerifyJson, ReportLines) {
  const VerifyResult result = Result();
  ReportHeader header;
  header.run = result.run;
  header.tables = {*TableName::Parse("t")};
  const Json head = Json::parse(ReportHeaderLine(header));
  EXPECT_EQ(head["type"], "header");
  EXPECT_EQ(head["run"], result.run);
  EXPECT_TRUE(head["peer"].is_null());
  const Json row = Json::parse(ReportRowLine(result.findings[0]));
  EXPECT_EQ(row["type"], "row");
  EXPECT_EQ(row["class"], "extra");
  const Json summary = Json::parse(ReportSummaryLine(result));
  EXPECT_EQ(summary["type"], "summary");
  EXPECT_EQ(summary["verdict"], "drift");
  EXPECT_FALSE(summary.contains("drifted"));
}

TEST(VerifyJson, NagiosIsOneLine) {
  VerifyResult result = Result();
  EXPECT_EQ(VerifyNagios(result).line,
            "DRIFT - 1 rows of t | drift_rows=1;0;0 suspect_rows=0 rows=10");
  result.tables[0].drift = {};
  EXPECT_EQ(VerifyNagios(result).line, "SAME - 1 tables | drift_rows=0;0;0 suspect_rows=0 rows=10");
  result.tables[0].suspects.missing = 2;
  EXPECT_EQ(VerifyNagios(result).line,
            "UNKNOWN - could not tell for t | drift_rows=0;0;0 suspect_rows=2 rows=10");
}

}  // namespace
}  // namespace twinwatch
