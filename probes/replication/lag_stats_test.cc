#include "probes/replication/lag_stats.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

const ServerName kA{"a", 1, 10}, kB{"b", 1, 20};
const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'000);

BeatRound Round(absl::Time sent) {
  BeatRound round;
  round.sent = sent;
  round.beats = {{kA, "row-a"}};
  round.failed = {{kB, absl::UnavailableError("busy")}};
  return round;
}

TEST(LagStats, CountsWhatWasWrittenAndWhatFailed) {
  LagStats stats;
  EXPECT_FALSE(stats.view().uncovered);
  BeatRound round = Round(kNow);
  round.uncovered = {{"c", 1, 30}};
  stats.Wrote(round, kNow + absl::Milliseconds(20));
  stats.RoundFailed();
  EXPECT_EQ(stats.view().writes, 3u);
  EXPECT_EQ(stats.view().failures, 2u);
  EXPECT_EQ(stats.view().uncovered, 1u);
  EXPECT_EQ(stats.view().servers.at("a:1").written, kNow);
  EXPECT_FALSE(stats.view().servers.contains("b:1"));
}

TEST(LagStats, EachBeatIsTimedOnceAndAnOlderOneIsOutOfOrder) {
  LagStats stats;
  for (int look = 0; look < 3; ++look)
    stats.Observed(kA, kNow, 1'700'000'000'000, kNow + absl::Milliseconds(400 + look));
  EXPECT_EQ(stats.view().latency.counts[2], 1u);  // up to half a second
  EXPECT_DOUBLE_EQ(stats.view().latency.sum_seconds, 0.4);
  stats.Observed(kA, kNow - absl::Seconds(1), 1'700'000'000'000, kNow + absl::Seconds(1));
  EXPECT_EQ(stats.view().out_of_order, 1u);
  EXPECT_EQ(stats.view().servers.at("a:1").observed, kNow);
}

TEST(LagStats, AClockIsOffByWhatTheRoundTripDoesNotExplain) {
  LagStats stats;
  EXPECT_EQ(stats.view().clock_offset, std::nullopt);
  stats.Wrote(Round(kNow), kNow + absl::Milliseconds(20));
  stats.Observed(kA, kNow, 1'700'000'000'015, kNow + absl::Seconds(1));
  EXPECT_EQ(stats.view().clock_offset, absl::ZeroDuration());
  stats.Observed(kB, kNow, 1'699'999'998'000, kNow + absl::Seconds(1));
  EXPECT_EQ(stats.view().clock_offset, -absl::Seconds(2));
  stats.KeepOnly({kA});
  EXPECT_EQ(stats.view().clock_offset, absl::ZeroDuration());
  EXPECT_FALSE(stats.view().servers.contains("b:1"));
}

TEST(LatencyHistogram, BoundsBelongToTheirBucket) {
  LatencyHistogram histogram;
  histogram.Add(0.1);
  histogram.Add(1e6);
  EXPECT_EQ(histogram.counts.front(), 1u);
  EXPECT_EQ(histogram.counts.back(), 1u);
}

}  // namespace
}  // namespace twinwatch
