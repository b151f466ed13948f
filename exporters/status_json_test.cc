#include "exporters/status_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace twinwatch {
namespace {

using Json = nlohmann::json;

const absl::Time kNow = absl::FromUnixMillis(1795451944000);

LinkSnapshot Link() {
  LinkSnapshot link;
  link.status.link = "a-b";
  link.status.peer = "1";
  link.status.peer_enabled = true;
  link.status.state = QueueState::kUnknown;
  link.status.why = "1 of 1 queues unknown";
  link.status.reported = ReportedSummary{0, 10600, 1};
  QueueStatus& queue = link.status.queues.emplace_back();
  queue.regionserver = "host,16020,1";
  queue.queue = "1";
  queue.group = "g";
  queue.why = "stands";
  queue.wals = 1;
  queue.wal = "g.1795451884000";
  queue.oldest_ms = 1795451884000;
  return link;
}

// To the letter; what is not known is null, never 0.
TEST(StatusJson, Document) {
  const Json expected =
      Json::parse(R"({"schema_version":1,"command":"queues","links":[{"link":"a-b","peer":"1",
    "peer_enabled":true,"state":"unknown","why":"1 of 1 queues unknown","lag_seconds":null,"watermark":null,
    "held_by":null,"held_why":null,"backlog_bytes":null,"drain_seconds":null,"runway_seconds":null,"retained_wal_bytes":null,
    "recovered_queues":null,"orphan_queues":null,"missing_wals":null,"hfile_refs":null,
    "leaked_hfile_refs":null,"hfiles_gone":null,
    "hbase_reports":{"lag_seconds":0.0,"age_of_last_shipped_seconds":10.6,"log_queue":1},
    "queues":[{"regionserver":"host,16020,1","queue":"1","recovered":false,"group":"g","state":"unknown",
      "why":"stands","wals":1,"bytes":null,"wal":"g.1795451884000","position":null,
      "oldest":"2026-11-23T16:38:04Z"}],"tables":[]}]})");
  EXPECT_EQ(Json::parse(StatusDocument("queues", {Link()}, kNow)), expected);
}

TEST(StatusJson, BytesAndMissingWals) {
  LinkSnapshot link = Link();
  link.status.queues[0].bytes = 0;
  link.status.backlog_bytes = 1234;
  link.status.missing_wals = {"g.1795451884000"};
  link.status.recovered_queues = 0;
  link.status.orphan_queues.emplace();
  const Json json = Json::parse(StatusDocument("status", {link}, kNow))["links"][0];
  EXPECT_EQ(json["backlog_bytes"], 1234);
  EXPECT_EQ(json["missing_wals"], 1);
  EXPECT_EQ(json["recovered_queues"], 0);
  EXPECT_EQ(json["orphan_queues"], 0);
  EXPECT_EQ(json["queues"][0]["bytes"], 0);
  EXPECT_EQ(
      StatusNagios({link}, "", absl::UnixEpoch()).line,
      "CRITICAL - a-b unknown: 1 queued WALs are in none of their folders | links=1 queues=1");
}

TEST(StatusJson, HFiles) {
  LinkSnapshot link = Link();
  link.status.state = QueueState::kOk;
  link.status.hfile_refs = 3;
  link.status.hfiles.leaked = 0;
  link.status.hfiles.gone = 2;
  const Json json = Json::parse(StatusDocument("status", {link}, kNow))["links"][0];
  EXPECT_EQ(json["leaked_hfile_refs"], 0);
  EXPECT_EQ(json["hfiles_gone"], 2);
  EXPECT_EQ(StatusNagios({link}, "", kNow).line,
            "CRITICAL - a-b ok: 2 bulk-loaded files that wait for the peer are nowhere | links=1 "
            "queues=1");
}

TEST(StatusJson, TheLagIsTheAgeOfTheWatermark) {
  LinkSnapshot link = Link();
  link.status.watermark = kNow - absl::Milliseconds(800);
  link.status.held_by = "host,16020,1";
  link.status.time_to_drain = absl::Seconds(2);
  const Json json = Json::parse(StatusDocument("status", {link}, kNow))["links"][0];
  EXPECT_EQ(json["lag_seconds"], 0.8);
  EXPECT_EQ(json["watermark"], "2026-11-23T16:39:03Z");
  EXPECT_EQ(json["held_by"], "host,16020,1");
  EXPECT_EQ(json["drain_seconds"], 2.0);
}

TEST(StatusJson, APeerWhoseStateIsNotKnownIsNull) {
  LinkSnapshot link = Link();
  link.status.peer_enabled.reset();
  EXPECT_TRUE(
      Json::parse(StatusDocument("status", {link}, kNow))["links"][0]["peer_enabled"].is_null());
}

TEST(StatusJson, NothingReportedIsNull) {
  LinkSnapshot link = Link();
  link.status.reported.reset();
  EXPECT_TRUE(
      Json::parse(StatusDocument("status", {link}, kNow))["links"][0]["hbase_reports"].is_null());
}

TEST(StatusJson, NagiosSaysTheWorst) {
  LinkSnapshot link = Link();
  EXPECT_EQ(StatusNagios({link}, "", absl::UnixEpoch()).line,
            "UNKNOWN - a-b unknown: 1 of 1 queues unknown | links=1 queues=1");
  link.status.peer_enabled = false;
  link.status.state = QueueState::kDisabled;
  link.status.why = "peer 1 is disabled";
  EXPECT_EQ(StatusNagios({Link(), link}, "", absl::UnixEpoch()).line,
            "CRITICAL - a-b disabled: peer 1 is disabled | links=2 queues=2");
  EXPECT_EQ(StatusNagios({}, "", kNow).line, "UNKNOWN - no link | links=0 queues=0");
}

TEST(StatusJson, NagiosWarnsOfALinkThatLags) {
  LinkSnapshot link = Link();
  link.status.queues[0].state = QueueState::kLagging;
  link.status.state = QueueState::kLagging;
  link.status.why = "more and more waits";
  const NagiosAnswer answer = StatusNagios({link}, "", kNow);
  EXPECT_EQ(answer.line, "WARNING - a-b lagging: more and more waits | links=1 queues=1");
  EXPECT_EQ(answer.state, NagiosState::kWarning);
  EXPECT_EQ(StatusNagios({Link(), link}, "", kNow).state, NagiosState::kUnknown);
  link.status.missing_wals = {"g.1"};
  EXPECT_EQ(StatusNagios({Link(), link}, "", kNow).state, NagiosState::kCritical);
}

// Its link's state is that of the queue that is worst, and may be another's word for it.
TEST(StatusJson, NagiosKnowsNothingWhereAQueueIsUnknown) {
  LinkSnapshot link = Link();
  link.status.state = QueueState::kLagging;
  EXPECT_EQ(StatusNagios({link}, "", kNow).state, NagiosState::kUnknown);
}

TEST(StatusJson, NagiosForgetsNoLinkThatCouldNotBeRead) {
  LinkSnapshot link = Link();
  link.status.queues[0].state = QueueState::kOk;
  link.status.state = QueueState::kOk;
  EXPECT_EQ(StatusNagios({link}, "", kNow).state, NagiosState::kOk);
  const NagiosAnswer answer = StatusNagios({link}, "b-c: nobody answers", kNow);
  EXPECT_EQ(answer.line, "UNKNOWN - b-c: nobody answers | links=1 queues=1");
  EXPECT_EQ(answer.state, NagiosState::kUnknown);
  EXPECT_EQ(StatusNagios({}, "nobody answers", kNow).line,
            "UNKNOWN - nobody answers | links=0 queues=0");
  link.status.missing_wals = {"g.1"};
  EXPECT_EQ(StatusNagios({link}, "b-c: nobody answers", kNow).state, NagiosState::kCritical);
}

TEST(StatusJson, CellsOfTheFuture) {
  LinkSnapshot link = Link();
  link.status.state = QueueState::kOk;
  for (const char* name : {"t", "fine", "unseen"})
    link.tables.emplace_back().table = *TableName::Parse(name);
  link.tables[0].future = FutureCells{3, 1, true, uint64_t{INT64_MAX}, {{"r", "f", 1, true}}, kNow};
  link.tables[1].future = FutureCells{0, 0, false, 0, {}, kNow};
  const Json tables = Json::parse(StatusDocument("status", {link}, kNow))["links"][0]["tables"];
  const Json rest = Json::parse(R"({"drift_rows":null,"writes_verified_until":null,
    "full_pass_at":null,"sample":null,"confirm":null})");
  Json expected = Json::parse(R"([
    {"table":"t","future_cells":3,"future_markers":1,"future_at_least":true,
     "future_until":"9999-12-31T23:59:59Z","future_as_of":"2026-11-23T16:39:04Z"},
    {"table":"fine","future_cells":0,"future_markers":0,"future_at_least":false,
     "future_until":null,"future_as_of":"2026-11-23T16:39:04Z"},
    {"table":"unseen","future_cells":null,"future_markers":null,"future_at_least":null,
     "future_until":null,"future_as_of":null}])");
  for (Json& table : expected) table.update(rest);
  EXPECT_EQ(tables, expected);
  EXPECT_EQ(StatusNagios({link}, "", kNow).line,
            "CRITICAL - a-b ok: 1 table of the target has cells of the future | links=1 queues=1");
}

}  // namespace
}  // namespace twinwatch
