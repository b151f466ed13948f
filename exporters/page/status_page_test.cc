#include "exporters/page/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/page/answers.h"
#include "exporters/page/html.h"
#include "exporters/page/html_table.h"

namespace twinwatch::page {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;

const absl::Time kNow = absl::FromUnixMillis(1795451944000);

LinkSnapshot Link() {
  LinkSnapshot link;
  link.status.link = "a-b";
  link.status.source = "zk1:2181:/hbase";
  link.status.target = "zk2:2181:/hbase";
  link.status.peer = "1";
  link.status.peer_enabled = true;
  link.status.state = QueueState::kOk;
  link.status.watermark = kNow - absl::Milliseconds(800);
  link.status.backlog_bytes = 1'200'000;
  QueueStatus& queue = link.status.queues.emplace_back();
  queue.regionserver = "rs1,16020,17954";
  queue.state = QueueState::kOk;
  queue.wals = 1;
  queue.wal = "rs1%2C16020%2C17954.1795451884000";
  return link;
}

TableMarks Compared(const char* name) {
  TableMarks table;
  table.table = *TableName::Parse(name);
  table.full_pass_at = kNow - absl::Hours(3);
  table.writes_verified_until = kNow - absl::Minutes(5);
  table.coverage = 1;
  table.drift.emplace();
  return table;
}

TEST(IsItATwin, CellsOfTheFutureAreActedOn) {
  LinkSnapshot link = Link();
  link.tables = {Compared("fine"), Compared("orders")};
  EXPECT_EQ(IsItATwin(link, kNow).level, Level::kOk);
  link.tables[1].future = FutureCells{1, 0, false, 1795455484000, {}, kNow};
  EXPECT_EQ(IsItATwin(link, kNow).level, Level::kAct);
  EXPECT_THAT(IsItATwin(link, kNow).reason, HasSubstr("in table orders first"));
  EXPECT_EQ(IsItATwin(link, kNow + absl::Hours(1)).level, Level::kOk);
  Snapshot snapshot;
  snapshot.links = {link};
  const std::string page = *LinkPage(snapshot, LagHistory(), "a-b", kNow);
  EXPECT_THAT(page, HasSubstr("1 cell on the target is of the future"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">?</td>"));
}

TEST(Jobs, ThoseThatRunAndTheLastThatEnded) {
  Snapshot snapshot;
  snapshot.links.push_back(Link());
  EXPECT_THAT(*LinkPage(snapshot, LagHistory(), "a-b", kNow),
              HasSubstr("None has run since the agent was started."));
  Job job;
  job.id = "f1";
  job.link = "a-b";
  job.state = JobState::kWaiting;
  job.why = "replication <lags>";
  job.started = kNow - absl::Minutes(12);
  job.tables = 3;
  snapshot.jobs.push_back(job);
  for (int i = 0; i < 9; ++i) {
    job.id = fmt::format("ended{}", i);
    job.state = JobState::kDone;
    job.ended = kNow - absl::Minutes(i);
    snapshot.jobs.push_back(job);
  }
  job.id = "other";
  job.link = "c-d";
  snapshot.jobs.push_back(job);
  const std::string page = *LinkPage(snapshot, LagHistory(), "a-b", kNow);
  EXPECT_THAT(page, AllOf(HasSubstr("f1"), HasSubstr("replication &lt;lags&gt;"),
                          HasSubstr("0 of 3 tables"), HasSubstr("started 12m 0s ago"),
                          HasSubstr("ended4"), Not(HasSubstr("ended5")), Not(HasSubstr("other"))));
}

TEST(HowFarBehind, TheAgeOfTheWatermark) {
  const Answer answer = HowFarBehind(Link(), kNow);
  EXPECT_EQ(answer.level, Level::kOk);
  EXPECT_EQ(answer.words, "0.8 s");
}

TEST(HowFarBehind, WhatIsNotKnownIsNeverFine) {
  LinkSnapshot link = Link();
  link.status.watermark.reset();
  EXPECT_EQ(HowFarBehind(link, kNow).level, Level::kLook);
  EXPECT_EQ(HowFarBehind(link, kNow).words, "not known");
}

TEST(HowFarBehind, ADisabledPeerIsToBeActedOn) {
  LinkSnapshot link = Link();
  link.status.state = QueueState::kDisabled;
  EXPECT_EQ(HowFarBehind(link, kNow).level, Level::kAct);
}

TEST(HowFarBehind, WhoHoldsItBackIsNamed) {
  LinkSnapshot link = Link();
  link.status.held_by = "rs2,16020,1";
  link.status.held_why = "it has no queue for the peer";
  EXPECT_EQ(HowFarBehind(link, kNow).reason, "held by rs2:16020: it has no queue for the peer");
  EXPECT_EQ(HowFarBehind(link, kNow).level, Level::kLook);
}

TEST(IsItATwin, OnlyWhenEachTableWasComparedAsAWhole) {
  LinkSnapshot link = Link();
  EXPECT_EQ(IsItATwin(link, kNow).words, "not known");
  link.tables = {Compared("t"), Compared("u")};
  EXPECT_EQ(IsItATwin(link, kNow).words, "yes, as of 5m 0s ago");
  EXPECT_EQ(IsItATwin(link, kNow).level, Level::kOk);
  link.tables[1].full_pass_at.reset();
  EXPECT_EQ(IsItATwin(link, kNow).level, Level::kLook);
  EXPECT_EQ(IsItATwin(link, kNow).reason, "1 of 2 tables never compared as a whole");
}

TEST(IsItATwin, NotWhenRowsDifferOrAreUnknownOrTheProofIsOld) {
  LinkSnapshot link = Link();
  link.tables = {Compared("t")};
  link.verify.unknown_rows = 2;
  EXPECT_EQ(IsItATwin(link, kNow).level, Level::kLook);
  link.verify.unknown_rows = 0;
  link.tables[0].coverage = 0.9;
  EXPECT_EQ(IsItATwin(link, kNow).level, Level::kLook);
  link.tables[0].drift->extra = 1;
  EXPECT_EQ(IsItATwin(link, kNow).words, "no: 1 row differs");
  EXPECT_EQ(IsItATwin(link, kNow).level, Level::kAct);
}

TEST(AreQueuesFine, TheWorstDecides) {
  LinkSnapshot link = Link();
  EXPECT_EQ(AreQueuesFine(link).level, Level::kOk);
  EXPECT_EQ(AreQueuesFine(link).reason, "1.2 MB wait");
  link.status.queues.push_back(link.status.queues[0]);
  link.status.queues[1].state = QueueState::kStalled;
  EXPECT_EQ(AreQueuesFine(link).level, Level::kAct);
  EXPECT_EQ(AreQueuesFine(link).words, "1 stalled, 1 ok");
}

TEST(StatusPage, HFilesThatAreGoneAndWhatIsNotKnownOfThem) {
  Snapshot snapshot;
  snapshot.links = {Link()};
  LinkStatus& status = snapshot.links[0].status;
  status.hfile_refs = 9;
  status.hfiles.gone = 2;
  status.hfiles.some_gone = {"one", "two"};
  status.hfiles.unknown = "only the first 8 of 9 were looked at";
  EXPECT_EQ(AreQueuesFine(snapshot.links[0]).level, Level::kAct);
  const std::optional<std::string> page = LinkPage(snapshot, LagHistory(), status.link, kNow);
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, HasSubstr("HFiles gone: 2, such as one, two: "));
  EXPECT_THAT(*page, HasSubstr("only the first 8 of 9"));
  EXPECT_THAT(*page, Not(HasSubstr("Leaked HFile refs")));
}

TEST(StatusPage, WhatComesFromAClusterIsEscaped) {
  Snapshot snapshot;
  snapshot.links = {Link()};
  snapshot.links[0].status.link = "<script>alert(1)</script>";
  snapshot.links[0].status.why = "\"&'";
  const std::string page = Overview(snapshot, LagHistory(), kNow);
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page, HasSubstr("/link/%3Cscript%3E"));
  EXPECT_THAT(page, HasSubstr("&quot;&amp;&#39;"));
}

TEST(StatusPage, ALinkHasAPageOfItsOwn) {
  Snapshot snapshot;
  snapshot.links = {Link()};
  snapshot.links[0].tables = {Compared("orders")};
  snapshot.collectors.push_back({"queues:a-b", true, kNow, ""});
  const std::optional<std::string> page = LinkPage(snapshot, LagHistory(), "a-b", kNow);
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, HasSubstr("rs1:16020"));
  EXPECT_THAT(*page, HasSubstr("orders"));
  EXPECT_THAT(*page, HasSubstr("queues:a-b"));
  EXPECT_FALSE(LinkPage(snapshot, LagHistory(), "b-a", kNow));
}

TEST(StatusPage, ALinkThatWasNeverReadIsShownWithItsError) {
  Snapshot snapshot;
  snapshot.collectors.push_back({"queues:a-b", false, std::nullopt, "zk1: no connection"});
  EXPECT_THAT(Overview(snapshot, LagHistory(), kNow), HasSubstr("zk1: no connection"));
  EXPECT_THAT(LinkPage(snapshot, LagHistory(), "a-b", kNow),
              Optional(HasSubstr("zk1: no connection")));
  EXPECT_FALSE(LinkPage(snapshot, LagHistory(), "b", kNow));
}

TEST(StatusPage, WhatFailsIsOnTheCardOfItsLink) {
  Snapshot snapshot;
  snapshot.links = {Link()};
  snapshot.collectors.push_back({"target:a-b", false, std::nullopt, "zk2: no connection"});
  snapshot.collectors.push_back({"target:b", false, std::nullopt, "zk3: no connection"});
  EXPECT_THAT(Overview(snapshot, LagHistory(), kNow),
              AllOf(HasSubstr("zk2: no connection"), Not(HasSubstr("zk3: no connection"))));
}

TEST(StatusPage, OfAWalOfItsOwnServerOnlyTheRestIsShown) {
  Snapshot snapshot;
  snapshot.links = {Link()};
  QueueStatus taken_over = snapshot.links[0].status.queues[0];
  taken_over.wal = "rs2%2C16020%2C17954.1795451884000";
  snapshot.links[0].status.queues.push_back(taken_over);
  EXPECT_THAT(LinkPage(snapshot, LagHistory(), "a-b", kNow),
              Optional(AllOf(HasSubstr(">&hellip;1795451884000</code>"),
                             HasSubstr("title=\"rs1%2C16020%2C17954.1795451884000\""),
                             HasSubstr(">rs2%2C16020%2C17954.1795451884000</code>"))));
}

TEST(StatusPage, ADriftedTableSaysHow) {
  Snapshot snapshot;
  snapshot.links = {Link()};
  snapshot.links[0].tables = {Compared("orders")};
  snapshot.links[0].tables[0].drift->missing = 1200;
  snapshot.links[0].tables[0].drift->cells = 3;
  EXPECT_THAT(LinkPage(snapshot, LagHistory(), "a-b", kNow),
              Optional(HasSubstr("1,200 missing on the target, 3 with other cells")));
}

TEST(LagHistory, KeepsTheWorstOfEachHalfMinuteForAnHour) {
  LagHistory history;
  LinkSnapshot link = Link();
  EXPECT_THAT(history.LagOf("a-b"), IsEmpty());
  for (const int lag : {1, 5, 2}) {
    link.status.watermark = kNow - absl::Seconds(lag);
    history.Add({link}, kNow);
  }
  EXPECT_THAT(history.LagOf("a-b"), ElementsAre(5));
  for (int i = 1; i <= 200; ++i) {
    const absl::Time now = kNow + i * absl::Seconds(30);
    link.status.watermark = now - absl::Seconds(i);
    history.Add({link}, now);
  }
  EXPECT_EQ(history.LagOf("a-b").size(), 120u);
  EXPECT_EQ(history.LagOf("a-b").back(), 200);
  history.Add({}, kNow);
  EXPECT_THAT(history.LagOf("a-b"), IsEmpty());
}

TEST(Html, DurationsDoNotBreak) {
  EXPECT_EQ(EscapedSentence("<1d 2h & 20h 5m ago> of 3 rows"),
            "&lt;1d&nbsp;2h &amp; 20h&nbsp;5m ago&gt; of 3 rows");
  for (const char* text : {"", " ", "a", "1h ", "1h", "h 2"})
    EXPECT_THAT(EscapedSentence(text), Not(HasSubstr("nbsp"))) << text;
  EXPECT_EQ(EscapedSentence("1h 2"), "1h&nbsp;2");
}

TEST(Html, ASparklineNeedsTwoValues) {
  EXPECT_EQ(Sparkline({1}, "x", 1), "");
  EXPECT_THAT(Sparkline({0, 10}, "x", 1),
              HasSubstr("points=\"-2,26 -2,23.0 0.0,23.0 120.0,1.0 122,1.0 122,26\""));
}

TEST(Html, ASparklineOfLittleStaysLow) {
  EXPECT_THAT(Sparkline({0, 10}, "x", 100), HasSubstr(" 0.0,23.0 120.0,20.8 "));
}

TEST(HtmlTable, RowsHaveAHeadAndMayHaveANote) {
  HtmlTable table("Some <things>");
  table.AddColumn("Name", HtmlTable::Kind::kText);
  table.AddColumn("Count", HtmlTable::Kind::kNumber, "things_total");
  EXPECT_THAT(table.ToString("none & nothing"),
              AllOf(HasSubstr("Some &lt;things&gt;</h3><p>none &amp; nothing</p>"),
                    Not(HasSubstr("<table>"))));
  table.AddRow({"a", "1"});
  table.AddRow({"b", "2"}, "why");
  EXPECT_THAT(
      table.ToString(""),
      AllOf(HasSubstr("<th scope=\"col\" class=\"number\" title=\"things_total\">Count</th>"),
            HasSubstr("<tr><th scope=\"row\">a</th><td class=\"number\">1</td></tr>"),
            HasSubstr("<tr class=\"note\"><td colspan=\"2\"><div>why</div></td></tr>")));
}

}  // namespace
}  // namespace twinwatch::page
