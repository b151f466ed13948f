#include "probes/replication/rules/link_rules.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

LinkStatus Link(std::vector<QueueState> queues, bool enabled = true) {
  LinkStatus link;
  link.peer = "1";
  link.peer_enabled = enabled;
  for (const QueueState state : queues) {
    QueueStatus& queue = link.queues.emplace_back();
    queue.state = state;
    if (state != QueueState::kOk) queue.why = "because";
  }
  JudgeLink(&link);
  return link;
}

TEST(LinkRules, TheWorstQueueDecides) {
  EXPECT_EQ(Link({QueueState::kOk, QueueState::kIdle}).state, QueueState::kOk);
  EXPECT_EQ(Link({QueueState::kIdle}).state, QueueState::kOk);
  EXPECT_EQ(Link({QueueState::kOk, QueueState::kUnknown}).state, QueueState::kUnknown);
  EXPECT_EQ(Link({QueueState::kStalled, QueueState::kUnknown}).state, QueueState::kStalled);
  EXPECT_EQ(Link({QueueState::kOk, QueueState::kRewound}).state, QueueState::kStalled);
  EXPECT_EQ(*Link({QueueState::kOk, QueueState::kUnknown}).why, "1 of 2 queues unknown: because");
}

TEST(LinkRules, NoQueuesIsNotFine) {
  EXPECT_EQ(Link({}).state, QueueState::kUnknown);
  EXPECT_EQ(Link({}, false).state, QueueState::kDisabled);
}

TEST(LinkRules, WhatIsRed) {
  EXPECT_FALSE(IsRed(Link({QueueState::kOk})));
  EXPECT_FALSE(IsRed(Link({QueueState::kUnknown})));
  EXPECT_TRUE(IsRed(Link({QueueState::kStalled})));
  EXPECT_TRUE(IsRed(Link({QueueState::kUnknown, QueueState::kRewound})));
  EXPECT_TRUE(IsRed(Link({QueueState::kOk}, false)));
  LinkStatus orphan = Link({QueueState::kOk});
  orphan.orphan_queues = {"a,1,10/gone"};
  EXPECT_TRUE(IsRed(orphan));
  LinkStatus missing = Link({QueueState::kOk});
  missing.missing_wals.emplace();
  EXPECT_FALSE(IsRed(missing));
  missing.missing_wals->push_back("a%2C1%2C10.17");
  EXPECT_TRUE(IsRed(missing));
  JudgeLink(&missing);
  EXPECT_TRUE(missing.why);
}

TEST(LinkRules, ReportedIsTheWorstOfThePeersServers) {
  const auto summary = Summarize({{{}, "1", "1", 5, 100, 1, false},
                                  {{}, "1", "1-b,1,9", 7, 50, 2, true},
                                  {{}, "2", "2", 99, 99, 9, false}},
                                 "1");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->lag_ms, 7u);
  EXPECT_EQ(summary->age_of_last_shipped_ms, 100u);
  EXPECT_EQ(summary->log_queue, 3u);
  EXPECT_EQ(Summarize({}, "1"), std::nullopt);
}

TEST(LinkRules, ReportedOfEachServerWhereItIsKnown) {
  constexpr uint64_t kUnknown = 9223372036854775807;
  const ServerName a{"a", 1, 10}, b{"b", 1, 20};
  const auto summary = Summarize({{a, "1", "1", 5, 0, 1, false},
                                  {a, "1", "1-b,1,9", 7, 0, 1, true},
                                  {b, "1", "1", kUnknown, 0, 1, false}},
                                 "1");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->lag_ms, 7u);
  EXPECT_EQ(summary->lag_ms_of, (std::map<std::string, uint64_t>{{"a:1", 7}}));
  EXPECT_EQ(Summarize({{b, "1", "1", kUnknown, 0, 1, false}}, "1")->lag_ms, std::nullopt);
}

}  // namespace
}  // namespace twinwatch
