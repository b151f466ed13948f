#include "exporters/future_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/status_verdict.h"

namespace twinwatch {
namespace {

using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixMillis(1'795'451'884'000);

FutureCells Found(uint64_t cells, uint64_t markers) {
  FutureCells found;
  found.cells = cells;
  found.markers = markers;
  found.furthest_ms = 1'795'455'484'000;
  found.as_of = kNow;
  return found;
}

LinkSnapshot Link(const FutureCells& found) {
  LinkSnapshot link;
  link.status.link = "a-b";
  link.status.peer_enabled = true;
  link.status.state = QueueState::kOk;
  link.status.queues.emplace_back().state = QueueState::kOk;
  for (const char* name : {"fine", "orders", "unseen"})
    link.tables.emplace_back().table = *TableName::Parse(name);
  link.tables[0].future = Found(0, 0);
  link.tables[1].future = found;
  return link;
}

TEST(FutureText, Counts) {
  EXPECT_EQ(FutureCounts(Found(1, 0)), "1 cell");
  EXPECT_EQ(FutureCounts(Found(0, 2)), "2 delete markers");
  FutureCells found = Found(9'999, 1);
  found.at_least = true;
  EXPECT_EQ(FutureCounts(found), "at least 9,999 cells and 1 delete marker");
}

TEST(FutureText, ASentenceForEachTableThatHides) {
  EXPECT_EQ(FutureNotes(Link(Found(1, 0)), kNow),
            "a-b: orders: 1 cell on the target is of the future, up to 2026-11-23T17:38:04Z:\n"
            "  after a failover what is written to the same columns stays hidden until then.\n"
            "  Remove it first (runbook future-cells).\n");
  EXPECT_EQ(FutureNotes(Link(Found(0, 0)), kNow), "");
}

TEST(FutureText, ALinkIsRedUntilTheirTimeHasCome) {
  const LinkSnapshot link = Link(Found(0, 1));
  EXPECT_TRUE(IsRed(link, kNow));
  EXPECT_EQ(StatusVerdict({link}, kNow, false),
            "FUTURE: 1 table of the target has cells of the future");
  EXPECT_FALSE(IsRed(link, kNow + absl::Hours(1)));
  EXPECT_THAT(StatusVerdict({link}, kNow + absl::Hours(1), false), StartsWith("OK: "));
}

TEST(FutureText, WhatIsWorseIsSaidFirst) {
  LinkSnapshot link = Link(Found(0, 1));
  link.status.queues[0].state = QueueState::kStalled;
  EXPECT_THAT(StatusVerdict({link}, kNow, false), StartsWith("STALLED: "));
  link.status.queues[0].state = QueueState::kUnknown;
  EXPECT_THAT(StatusVerdict({link}, kNow, false), StartsWith("FUTURE: "));
}

}  // namespace
}  // namespace twinwatch
