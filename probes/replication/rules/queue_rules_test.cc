#include "probes/replication/rules/queue_rules.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

constexpr char kFirst[] = "a%2C1%2C10.1700000000001";
constexpr char kSecond[] = "a%2C1%2C10.1700000000002";

const absl::Time kNow = absl::FromUnixMillis(1700000000000) + absl::Hours(1);
constexpr absl::Duration kSleep = absl::Seconds(1);
constexpr uint64_t kHeader = 85;

LinkReading Reading(std::vector<QueuedWal> wals, WalLengths lengths = {}) {
  LinkReading reading;
  reading.peer_enabled = true;
  reading.at = kNow;
  reading.lengths = std::move(lengths);
  WalQueue queue;
  queue.owner = {"a", 1, 10};
  queue.queue_id = "1";
  queue.wals = std::move(wals);
  reading.queues.queues.push_back(std::move(queue));
  return reading;
}

WalFile File(uint64_t bytes, std::optional<uint64_t> header = kHeader) {
  WalFile file;
  file.bytes = bytes;
  file.header_bytes = header;
  return file;
}

QueueStatus Judge(const LinkReading& before, const LinkReading& after) {
  const std::vector<QueueStatus> all = JudgeQueues(before, after, kSleep);
  EXPECT_EQ(all.size(), 1u);
  return all.at(0);
}

struct Case {
  const char* name;
  std::vector<QueuedWal> before;
  std::vector<QueuedWal> after;
  QueueState state;
};

TEST(QueueRules, Table) {
  const Case cases[] = {
      {"moved on", {{kFirst, 100, 0}}, {{kFirst, 200, 0}}, QueueState::kOk},
      {"first position", {{kFirst, {}, 0}}, {{kFirst, 200, 0}}, QueueState::kOk},
      {"next WAL", {{kFirst, 100, 0}, {kSecond, {}, 0}}, {{kSecond, {}, 0}}, QueueState::kOk},
      {"went back", {{kFirst, 100, 0}}, {{kFirst, 50, 0}}, QueueState::kRewound},
      {"to nothing", {{kFirst, 100, 0}}, {{kFirst, {}, 0}}, QueueState::kRewound},
      {"older WAL",
       {{kSecond, 100, 0}},
       {{kFirst, 50, 0}, {kSecond, 100, 0}},
       QueueState::kRewound},
      {"stands", {{kFirst, 100, 0}}, {{kFirst, 100, 0}}, QueueState::kUnknown},
      {"stands at nothing", {{kFirst, {}, 0}}, {{kFirst, {}, 0}}, QueueState::kUnknown},
      {"grows and stands",
       {{kFirst, 100, 0}},
       {{kFirst, 100, 0}, {kSecond, {}, 0}},
       QueueState::kUnknown},
  };
  for (const Case& c : cases) {
    const QueueStatus status = Judge(Reading(c.before), Reading(c.after));
    EXPECT_EQ(status.state, c.state) << c.name;
    EXPECT_EQ(status.why.has_value(), c.state != QueueState::kOk) << c.name;
    EXPECT_EQ(status.bytes, std::nullopt) << c.name;
  }
}

TEST(QueueRules, DisabledWhateverMoves) {
  LinkReading after = Reading({{kFirst, 100, 0}}, {{kFirst, File(300)}});
  after.peer_enabled = false;
  EXPECT_EQ(Judge(Reading({{kFirst, 1, 0}}), after).state, QueueState::kDisabled);
  EXPECT_EQ(Judge(Reading({{kFirst, 1, 0}}), after).bytes, 200u);
}

struct LengthCase {
  const char* name;
  std::vector<QueuedWal> wals;
  WalLengths lengths;
  std::optional<uint64_t> bytes;
  QueueState state;
};

// Queues that stand still.
TEST(QueueRules, Lengths) {
  const StatusOr<WalFile> unknown = absl::UnavailableError("nn:1: no connection");
  const StatusOr<WalFile> missing = absl::NotFoundError("nowhere");
  const LengthCase cases[] = {
      {"at the end", {{kFirst, 500, 0}}, {{kFirst, File(500)}}, 0, QueueState::kIdle},
      {"only a header", {{kFirst, {}, 0}}, {{kFirst, File(85)}}, 0, QueueState::kIdle},
      {"only a header, position 0", {{kFirst, 0, 0}}, {{kFirst, File(85)}}, 0, QueueState::kIdle},
      {"just begun", {{kFirst, {}, 0}}, {{kFirst, File(0, {})}}, 0, QueueState::kIdle},
      {"nothing shipped", {{kFirst, {}, 0}}, {{kFirst, File(385)}}, 300, QueueState::kUnknown},
      {"some shipped", {{kFirst, 200, 0}}, {{kFirst, File(500)}}, 300, QueueState::kUnknown},
      {"the header is not known, and not needed",
       {{kFirst, 200, 0}},
       {{kFirst, File(500, {})}},
       300,
       QueueState::kUnknown},
      {"no header yet", {{kFirst, {}, 0}}, {{kFirst, File(50, {})}}, {}, QueueState::kUnknown},
      {"closed and empty",
       {{kFirst, {}, 0}, {kSecond, {}, 0}},
       {{kFirst, File(0, {})}, {kSecond, File(85)}},
       {},
       QueueState::kUnknown},
      {"the trailer of a closed one does not wait",
       {{kFirst, 500, 0}, {kSecond, {}, 0}},
       {{kFirst, File(508)}, {kSecond, File(85)}},
       0,
       QueueState::kIdle},
      {"closed with header and trailer only",
       {{kFirst, {}, 0}, {kSecond, {}, 0}},
       {{kFirst, File(93)}, {kSecond, File(85)}},
       0,
       QueueState::kIdle},
      {"several",
       {{kFirst, 500, 0}, {kSecond, {}, 0}},
       {{kFirst, File(1000)}, {kSecond, File(185)}},
       600,
       QueueState::kUnknown},
      {"one is not known",
       {{kFirst, 500, 0}, {kSecond, {}, 0}},
       {{kFirst, File(1000)}, {kSecond, unknown}},
       {},
       QueueState::kUnknown},
      {"one was not asked for",
       {{kFirst, 500, 0}, {kSecond, {}, 0}},
       {{kFirst, File(1000)}},
       {},
       QueueState::kUnknown},
      {"one is missing",
       {{kFirst, 500, 0}, {kSecond, {}, 0}},
       {{kFirst, missing}, {kSecond, File(85)}},
       {},
       QueueState::kUnknown},
      {"beyond the end", {{kFirst, 501, 0}}, {{kFirst, File(500)}}, {}, QueueState::kUnknown},
  };
  for (const LengthCase& c : cases) {
    const QueueStatus status = Judge(Reading(c.wals), Reading(c.wals, c.lengths));
    EXPECT_EQ(status.bytes, c.bytes) << c.name;
    EXPECT_EQ(status.state, c.state) << c.name;
    EXPECT_EQ(status.why.has_value(), c.state != QueueState::kIdle) << c.name;
  }
}

TEST(QueueRules, BytesOfQueuesThatMove) {
  const QueueStatus status =
      Judge(Reading({{kFirst, 100, 0}}), Reading({{kFirst, 200, 0}}, {{kFirst, File(1000)}}));
  EXPECT_EQ(status.state, QueueState::kOk);
  EXPECT_EQ(status.bytes, 800u);
}

// A position beyond the end is told even of a queue that moves.
TEST(QueueRules, BeyondTheEnd) {
  const QueueStatus status =
      Judge(Reading({{kFirst, 100, 0}}), Reading({{kFirst, 2000, 0}}, {{kFirst, File(1000)}}));
  EXPECT_EQ(status.state, QueueState::kUnknown);
  EXPECT_EQ(status.bytes, std::nullopt);
}

TEST(QueueRules, StalledOnlyWhenNoHealthySourceStandsSoLong) {
  const int64_t now = absl::ToUnixMillis(kNow);
  const auto judge = [now](int64_t rolled_s_ago, int64_t moved_s_ago, uint64_t length) {
    const std::string next = "a%2C1%2C10." + std::to_string(now - rolled_s_ago * 1000);
    const std::vector<QueuedWal> wals = {{kFirst, 200, now - moved_s_ago * 1000}, {next, {}, 0}};
    return Judge(Reading(wals), Reading(wals, {{kFirst, File(length)}, {next, File(85)}})).state;
  };
  // 60 s, and 300 times the sleep of a second.
  EXPECT_EQ(judge(361, 361, 500), QueueState::kStalled);
  EXPECT_EQ(judge(359, 900, 500), QueueState::kUnknown);
  EXPECT_EQ(judge(900, 359, 500), QueueState::kUnknown);
  EXPECT_EQ(judge(900, 900, 200), QueueState::kIdle);
  // Its WAL may still be written to: it may sleep.
  const std::vector<QueuedWal> open = {{kFirst, 200, now - 900'000}};
  EXPECT_EQ(Judge(Reading(open), Reading(open, {{kFirst, File(500)}})).state, QueueState::kUnknown);
}

TEST(QueueRules, SumOfBytes) {
  std::vector<QueueStatus> queues(2);
  EXPECT_EQ(SumOfBytes({}), std::nullopt);
  queues[0].bytes = 5;
  EXPECT_EQ(SumOfBytes(queues), std::nullopt);
  queues[1].bytes = 7;
  EXPECT_EQ(SumOfBytes(queues), 12u);
}

TEST(QueueRules, MissingWals) {
  using Missing = std::optional<std::vector<std::string>>;
  const StatusOr<WalFile> nowhere = absl::NotFoundError("nowhere");
  const StatusOr<WalFile> error = absl::UnavailableError("nn:1: no connection");
  const std::vector<QueuedWal> wals = {{kFirst, 100, 0}, {kSecond, {}, 0}};
  const auto missing = [&wals](WalLengths before, WalLengths after) {
    return MissingWals(Reading(wals, std::move(before)), Reading(wals, std::move(after)));
  };
  const StatusOr<WalFile> there = File(500);
  EXPECT_EQ(missing({}, {}), Missing());
  EXPECT_EQ(missing({}, {{kFirst, there}, {kSecond, there}}), Missing(std::in_place));
  EXPECT_EQ(missing({{kFirst, nowhere}}, {{kFirst, nowhere}, {kSecond, there}}), Missing({kFirst}));
  // Seen once: it may have been shipped and cleaned away in between.
  EXPECT_EQ(missing({}, {{kFirst, nowhere}, {kSecond, there}}), Missing());
  EXPECT_EQ(missing({{kFirst, nowhere}}, {{kFirst, there}, {kSecond, error}}), Missing());
  // Not one is found: it is the folder that is wrong.
  EXPECT_EQ(
      missing({{kFirst, nowhere}, {kSecond, nowhere}}, {{kFirst, nowhere}, {kSecond, nowhere}}),
      Missing());
}

TEST(QueueRules, NewQueueIsUnknown) {
  EXPECT_EQ(Judge(LinkReading{}, Reading({{kFirst, 1, 0}})).state, QueueState::kUnknown);
}

TEST(QueueRules, DeadOwnerIsUnknownAndSaidSo) {
  LinkReading after = Reading({{kFirst, 2, 0}});
  after.queues.queues[0].owner_alive = false;
  EXPECT_EQ(Judge(Reading({{kFirst, 1, 0}}), after).state, QueueState::kUnknown);
}

TEST(QueueRules, GroupsApartAndMetaLeftOut) {
  const LinkReading reading = Reading({{"h.regiongroup-0.1700000000001", 5, 0},
                                       {"h.regiongroup-1.1700000000001", 6, 0},
                                       {"h.meta.1700000000001.meta", {}, 0}});
  const std::vector<QueueStatus> all = JudgeQueues(reading, reading, kSleep);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].group, "h.regiongroup-0");
  EXPECT_EQ(all[1].position, 6u);
}

TEST(QueueRules, WhatIsShownOfAQueue) {
  LinkReading reading = Reading({{kFirst, 7, 0}, {kSecond, {}, 0}});
  reading.queues.queues[0].dead_servers.push_back({"b", 1, 9});
  const QueueStatus status = Judge(reading, reading);
  EXPECT_EQ(status.regionserver, "a,1,10");
  EXPECT_TRUE(status.recovered);
  EXPECT_EQ(status.wals, 2u);
  EXPECT_EQ(status.wal, kFirst);
  EXPECT_EQ(status.position, 7u);
  EXPECT_EQ(status.oldest_ms, 1700000000001);
}

}  // namespace
}  // namespace twinwatch
