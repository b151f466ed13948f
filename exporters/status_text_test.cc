#include "exporters/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace twinwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixMillis(1795451944000);

LinkSnapshot Link(std::vector<QueueState> states, bool enabled = true) {
  LinkSnapshot link;
  link.status.link = "a-b";
  link.status.peer = "1";
  link.status.peer_enabled = enabled;
  for (const QueueState state : states) {
    QueueStatus& queue = link.status.queues.emplace_back();
    queue.regionserver =
        "rs" + std::to_string(link.status.queues.size()) + ".prod.example.com,16020,1795451884000";
    queue.queue = "1";
    queue.state = state;
    if (state != QueueState::kOk)
      queue.why = "it stands still, and the length of its WAL is not known";
    queue.wals = 1;
    queue.wal = "rs1.prod.example.com%2C16020%2C1795451884000.1795451884000";
    queue.position = 5'000'000;
    queue.oldest_ms = 1795451884000;
  }
  link.status.state = enabled ? states.front() : QueueState::kDisabled;
  link.status.reported = ReportedSummary{0, 0, 4};
  return link;
}

size_t LongestLine(const std::string& text) {
  size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST(QueuesText, ReadsInEightyColumns) {
  const std::string text =
      QueuesText({Link({QueueState::kOk, QueueState::kUnknown})}, kNow, false, false);
  EXPECT_LE(LongestLine(text), 80u) << text;
  EXPECT_THAT(text, HasSubstr("5,000,000"));
  EXPECT_THAT(text, HasSubstr("1m 0s"));
  EXPECT_THAT(text, HasSubstr("HBase itself reports: lag 0.0 s, log queue 4"));
  EXPECT_THAT(text, EndsWith("UNKNOWN: 1 of 2 queues\n"));
}

TEST(QueuesText, UnknownBytesAreNoZero) {
  EXPECT_THAT(QueuesText({Link({QueueState::kUnknown})}, kNow, false, false),
              Not(HasSubstr(" 0 B")));
}

TEST(QueuesText, BytesWhereTheyAreKnown) {
  LinkSnapshot link = Link({QueueState::kOk, QueueState::kUnknown});
  EXPECT_THAT(QueuesText({link}, kNow, false, false), HasSubstr("behind unknown"));
  link.status.queues[0].bytes = 311'000'000;
  link.status.queues[1].bytes = 0;
  link.status.backlog_bytes = 311'000'000;
  const std::string text = QueuesText({link}, kNow, false, false);
  EXPECT_LE(LongestLine(text), 80u) << text;
  EXPECT_THAT(text, HasSubstr("behind 311.0 MB\n"));
  EXPECT_THAT(text, HasSubstr(" 311.0 MB  "));
  EXPECT_THAT(text, HasSubstr(" 0 B  "));
}

TEST(QueuesText, MissingWals) {
  LinkSnapshot link = Link({QueueState::kOk});
  EXPECT_THAT(QueuesText({link}, kNow, false, false), HasSubstr("missing WALs unknown"));
  link.status.missing_wals.emplace();
  EXPECT_THAT(QueuesText({link}, kNow, false, false), HasSubstr("missing WALs 0"));
  link.status.missing_wals->push_back("g.1795451884000");
  const std::string text = QueuesText({link}, kNow, false, false);
  EXPECT_THAT(text, HasSubstr("missing WAL g.1795451884000: "));
  EXPECT_THAT(text, EndsWith("MISSING: 1 WAL in none of their folders\n"));
}

TEST(QueuesText, HFiles) {
  LinkSnapshot link = Link({QueueState::kOk});
  link.status.recovered_queues = 0;
  link.status.orphan_queues.emplace();
  link.status.hfile_refs = 900;
  link.status.hfiles.unknown = "a cluster key names no file system: give conf:DIR";
  std::string text = QueuesText({link}, kNow, false, false);
  EXPECT_LE(LongestLine(text), 80u) << text;
  EXPECT_THAT(text, HasSubstr("HFiles waiting 900\nHFiles that wait: not all is known of them: a "
                              "cluster key"));
  EXPECT_THAT(text, EndsWith("OK: 1 queue moves or is idle\n"));
  link.status.hfiles.leaked = 898;
  link.status.hfiles.gone = 1;
  link.status.hfiles.some_gone = {"0123456789abcdef0123456789abcdef_SeqId_4_"};
  link.status.hfiles.some_leaked = {"1123456789abcdef0123456789abcdef_SeqId_4_",
                                    "2123456789abcdef0123456789abcdef_SeqId_4_"};
  link.status.hfiles.unknown.reset();
  text = QueuesText({link}, kNow, false, false);
  EXPECT_LE(LongestLine(text), 80u) << text;
  EXPECT_THAT(text,
              HasSubstr("HFiles gone 1 (0123456789abcdef0123456789abcdef_SeqId_4_): bulk-loaded,"));
  EXPECT_THAT(text, HasSubstr("leaked HFile refs 898 ("));
  EXPECT_THAT(text, HasSubstr("2123456789abcdef0123456789abcdef_SeqId_4_, ...)"));
  EXPECT_THAT(text, Not(HasSubstr("not all is known")));
  EXPECT_THAT(text, EndsWith("GONE: 1 bulk-loaded file that was to be replicated\n"));
}

TEST(QueuesText, OnlyWhatIsNotFine) {
  const std::string text =
      QueuesText({Link({QueueState::kOk, QueueState::kUnknown})}, kNow, true, false);
  EXPECT_THAT(text, Not(HasSubstr("\nrs1")));
}

TEST(QueuesText, VerdictsFromTheWorst) {
  EXPECT_THAT(QueuesText({Link({QueueState::kOk})}, kNow, false, false),
              EndsWith("OK: 1 queue moves or is idle\n"));
  EXPECT_THAT(QueuesText({Link({QueueState::kStalled, QueueState::kUnknown})}, kNow, false, false),
              EndsWith("STALLED: 1 of 2 queues\n"));
  EXPECT_THAT(QueuesText({Link({QueueState::kDisabled}, false)}, kNow, false, false),
              EndsWith("DISABLED: 1 of 1 queue\n"));
  EXPECT_THAT(QueuesText({}, kNow, false, false), EndsWith("UNKNOWN: there are no queues\n"));
  LinkSnapshot orphan = Link({QueueState::kOk});
  orphan.status.orphan_queues = {"a,1,10/gone"};
  EXPECT_THAT(QueuesText({orphan}, kNow, false, false),
              EndsWith("ORPHANS: queues of peers that do not exist\n"));
}

TEST(StatusText, ALineALink) {
  const std::string text = StatusText({Link({QueueState::kOk})}, kNow, " --source a:1:/h", false);
  EXPECT_LE(LongestLine(text), 80u) << text;
  EXPECT_THAT(text, HasSubstr("never"));
  EXPECT_THAT(text, HasSubstr("\nQueues: twinwatch queues --source a:1:/h\n"));
  EXPECT_THAT(text, EndsWith("OK: 1 queue moves or is idle\n"));
}

TEST(StatusText, TablesOfSeveralLinksAreUnderTheirNames) {
  LinkSnapshot one = Link({QueueState::kOk});
  one.tables.emplace_back().table = *TableName::Parse("orders");
  LinkSnapshot other = one;
  other.status.link = "c-d";
  EXPECT_THAT(StatusText({one}, kNow, "", false), Not(HasSubstr("LINK a-b")));
  const std::string text = StatusText({one, other}, kNow, "", false);
  EXPECT_THAT(text, HasSubstr("LINK a-b\nTABLE"));
  EXPECT_THAT(text, HasSubstr("LINK c-d\nTABLE"));
}

TEST(StatusText, AnythingButTheHintReadsInEightyColumns) {
  LinkSnapshot link = Link({QueueState::kDisabled}, false);
  link.status.link = "warehouse-east-to-warehouse-west";
  link.status.peer = "warehouse_west_2";
  link.status.watermark = kNow - absl::Hours(23) - absl::Minutes(59);
  link.status.backlog_bytes = 999'900'000;
  link.status.runway = absl::Hours(23) + absl::Minutes(59);
  link.status.recovered_queues = 2;
  link.tables.emplace_back().table = *TableName::Parse("orders");
  link.tables[0].full_pass_at = kNow - absl::Hours(23) - absl::Minutes(59);
  const std::string text = StatusText({Link({QueueState::kOk}), link}, kNow, "", false);
  EXPECT_LE(LongestLine(text), 80u) << text;
  EXPECT_THAT(text, HasSubstr("wareho...se-west  ware...st_2  disabled  23h 59m  999.9 MB  23h 59m "
                              " 23h 59m ago\n"));
  EXPECT_THAT(text, HasSubstr(": 2 recovered queues, of region servers that are\n  dead\n"));
}

TEST(StatusText, TheRunwayIsSaidWhereItIsKnown) {
  LinkSnapshot link = Link({QueueState::kOk});
  link.status.recovered_queues = 0;
  link.status.backlog_bytes = 0;
  std::string text = StatusText({link}, kNow, "", false);
  EXPECT_THAT(text, HasSubstr("LINK  PEER  STATE  LAG  BEHIND  RUNWAY  FULL PASS\n"
                              "a-b   1     ok       ?     0 B       -      never\n"));
  EXPECT_THAT(text, Not(HasSubstr("recovered")));
  link.status.runway = absl::Hours(14);
  text = StatusText({link}, kNow, "", false);
  EXPECT_THAT(text, HasSubstr("  14h 0m      never\n"));
}

// As the runbook of a lag that is high says.
TEST(StatusText, HowLongItDrains) {
  LinkSnapshot link = Link({QueueState::kOk});
  EXPECT_THAT(StatusText({link}, kNow, "", false), Not(HasSubstr("drained")));
  link.status.time_to_drain = absl::ZeroDuration();
  EXPECT_THAT(StatusText({link}, kNow, "", false), Not(HasSubstr("drained")));
  link.status.time_to_drain = absl::Minutes(3);
  EXPECT_THAT(StatusText({link}, kNow, "", false),
              HasSubstr("a-b: at this rate it has drained in 3m 0s\n"));
}

TEST(StatusText, WhatIsNotKnownIsSaid) {
  LinkSnapshot link = Link({QueueState::kUnknown});
  link.status.peer_enabled.reset();
  const std::string text = StatusText({link}, kNow, "", false);
  EXPECT_THAT(text, HasSubstr("a-b: whether its peer is enabled is not known\n"));
  EXPECT_THAT(text, HasSubstr("a-b: how many recovered queues it has is not known\n"));
}

}  // namespace
}  // namespace twinwatch
