#include "exporters/status_parse.h"

#include <gtest/gtest.h>

#include "exporters/status_json.h"

namespace twinwatch {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1795451944);

LinkSnapshot Link() {
  LinkSnapshot link;
  LinkStatus& status = link.status;
  status.link = "a-b";
  status.peer = "1";
  status.peer_enabled = true;
  status.state = QueueState::kStalled;
  status.why = "it stands";
  status.watermark = kNow - absl::Seconds(80);
  status.held_by = "rs1,16020,1";
  status.backlog_bytes = 1234;
  status.time_to_drain = absl::Seconds(7);
  status.runway = absl::Hours(30);
  status.retained_wal_bytes = 99;
  status.recovered_queues = 1;
  status.orphan_queues = {"rs1,16020,1/9"};
  status.missing_wals = {"wal.1"};
  status.hfile_refs = 3;
  status.hfiles.leaked = 1;
  status.hfiles.gone = 2;
  status.reported = ReportedSummary{1500, 10600, 2};
  QueueStatus& queue = status.queues.emplace_back();
  queue.regionserver = "rs1,16020,1";
  queue.queue = "1";
  queue.group = "g";
  queue.state = QueueState::kStalled;
  queue.why = "it stands";
  queue.wals = 2;
  queue.bytes = 1234;
  queue.wal = "g.17";
  queue.position = 5;
  queue.oldest_ms = absl::ToUnixMillis(kNow);
  TableMarks& table = link.tables.emplace_back();
  table.table = *TableName::Parse("ns:t");
  table.drift.emplace().missing = 42;
  table.full_pass_at = kNow;
  table.confirm = "position";
  table.sample = SampleView{500, 0.95, 6000, kNow};
  table.future = FutureCells{3, 1, true, 1795455484000, {}, kNow};
  TableMarks& fine = link.tables.emplace_back();
  fine.table = *TableName::Parse("fine");
  fine.future = FutureCells{0, 0, false, 0, {}, kNow};
  link.tables.emplace_back().table = *TableName::Parse("unseen");
  return link;
}

TEST(StatusParse, WhatIsWrittenIsReadBack) {
  LinkSnapshot unknown;
  unknown.status.link = "b-a";
  const std::string text = StatusDocument("status", {Link(), unknown}, kNow);
  const StatusOr<std::vector<LinkSnapshot>> links = ParseStatusDocument(text, kNow);
  ASSERT_TRUE(links.ok()) << links.status();
  EXPECT_EQ(SizeOf(links->at(0).status.orphan_queues), 1u);
  EXPECT_EQ(StatusDocument("status", *links, kNow), text);
  EXPECT_EQ(links->at(0).tables[0].future, Link().tables[0].future);
  EXPECT_EQ(links->at(0).tables[2].future, std::nullopt);
}

TEST(StatusParse, AnAgentThatKnowsOfNoFuture) {
  std::string text = StatusDocument("status", {Link()}, kNow);
  for (size_t at; (at = text.find(",\"future_")) != std::string::npos;)
    text.erase(at, text.find_first_of(",}", at + 1) - at);
  const StatusOr<std::vector<LinkSnapshot>> links = ParseStatusDocument(text, kNow);
  ASSERT_TRUE(links.ok()) << links.status();
  EXPECT_EQ(links->at(0).tables[0].future, std::nullopt);
}

TEST(StatusParse, AnOlderAgentSaysNothingOfHFiles) {
  LinkSnapshot before = Link();
  before.status.hfiles = HFileFindings();
  std::string text = StatusDocument("status", {before}, kNow);
  const std::string said = R"("leaked_hfile_refs":null,"hfiles_gone":null,)";
  ASSERT_NE(text.find(said), std::string::npos);
  text.erase(text.find(said), said.size());
  const StatusOr<std::vector<LinkSnapshot>> links = ParseStatusDocument(text, kNow);
  ASSERT_TRUE(links.ok()) << links.status();
  EXPECT_EQ(links->at(0).status.hfiles, HFileFindings());
}

TEST(StatusParse, WhatIsNoStatusIsAnError) {
  const std::string good = StatusDocument("status", {Link()}, kNow);
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[1]"),
        std::string(R"({"schema_version":1,"links":[{}]})"),
        std::string(R"({"schema_version":1,"links":7})"), good.substr(0, good.size() - 1)}) {
    EXPECT_EQ(ParseStatusDocument(bad, kNow).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
  EXPECT_EQ(ParseStatusDocument(R"({"schema_version":2,"links":[]})", kNow).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace twinwatch
