#include "probes/replication/rules/queue_rules.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

constexpr char kFirst[] = "a%2C1%2C10.1700000000001";
constexpr char kSecond[] = "a%2C1%2C10.1700000000002";

QueueReading Reading(std::vector<QueuedWal> wals) {
  QueueReading reading;
  WalQueue queue;
  queue.owner = {"a", 1, 10};
  queue.queue_id = "1";
  queue.wals = std::move(wals);
  reading.queues.push_back(std::move(queue));
  return reading;
}

QueueStatus Judge(const QueueReading& before, const QueueReading& after, bool enabled = true) {
  const std::vector<QueueStatus> all = JudgeQueues(before, after, enabled);
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
  EXPECT_EQ(Judge(Reading({{kFirst, 1, 0}}), Reading({{kFirst, 2, 0}}), false).state,
            QueueState::kDisabled);
}

TEST(QueueRules, NewQueueIsUnknown) {
  EXPECT_EQ(Judge(QueueReading{}, Reading({{kFirst, 1, 0}})).state, QueueState::kUnknown);
}

TEST(QueueRules, DeadOwnerIsUnknownAndSaidSo) {
  QueueReading after = Reading({{kFirst, 2, 0}});
  after.queues[0].owner_alive = false;
  EXPECT_EQ(Judge(Reading({{kFirst, 1, 0}}), after).state, QueueState::kUnknown);
}

TEST(QueueRules, GroupsApartAndMetaLeftOut) {
  const QueueReading reading = Reading({{"h.regiongroup-0.1700000000001", 5, 0},
                                        {"h.regiongroup-1.1700000000001", 6, 0},
                                        {"h.meta.1700000000001.meta", {}, 0}});
  const std::vector<QueueStatus> all = JudgeQueues(reading, reading, true);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].group, "h.regiongroup-0");
  EXPECT_EQ(all[1].position, 6u);
}

TEST(QueueRules, WhatIsShownOfAQueue) {
  QueueReading reading = Reading({{kFirst, 7, 0}, {kSecond, {}, 0}});
  reading.queues[0].dead_servers.push_back({"b", 1, 9});
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
