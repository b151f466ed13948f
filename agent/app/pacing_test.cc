#include "agent/app/pacing.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

const absl::Time kMidnight = absl::FromCivil(absl::CivilDay(2026, 11, 24), absl::UTCTimeZone());
constexpr absl::Duration kQuiet = absl::ZeroDuration();

VerifyConfig AtNight() {
  VerifyConfig config;
  config.window = "22:00-06:00";
  config.max_lag = absl::Seconds(60);
  return config;
}

class PacingTest : public ::testing::Test {
 protected:
  void LookAt(int hour, std::optional<absl::Duration> lag = kQuiet) {
    pacing_.Look(lag, kMidnight + absl::Hours(hour));
  }

  Pacing pacing_{"a-b", AtNight(), absl::UTCTimeZone()};
};

TEST_F(PacingTest, TheRateIsOfEachServerAndChangesWhileAPassRuns) {
  LookAt(1);
  const Governor* full = pacing_.BeginFull();
  EXPECT_EQ(full->limits(), (GovernorLimits{0, 20'000'000, 200'000}));
  pacing_.SetRate(5'000'000);
  EXPECT_EQ(full->limits(), (GovernorLimits{0, 5'000'000, 50'000}));
  EXPECT_EQ(pacing_.BeginIncremental()->limits(), (GovernorLimits{0, 5'000'000, 50'000}));
  pacing_.SetRate(10);
  EXPECT_EQ(full->limits().server_rows, 1u);
}

TEST_F(PacingTest, AFullPassPausesOutsideOfItsWindow) {
  LookAt(1);
  const Governor* full = pacing_.BeginFull();
  EXPECT_EQ(full->paused(), std::nullopt);
  LookAt(6);
  EXPECT_EQ(full->paused(), "it is outside of verify.window, 22:00-06:00");
  LookAt(22);
  EXPECT_EQ(full->paused(), std::nullopt);
}

TEST_F(PacingTest, AnIncrementalPassIsNotBoundByTheWindow) {
  LookAt(12);
  EXPECT_EQ(pacing_.BeginIncremental()->paused(), std::nullopt);
}

TEST_F(PacingTest, WhileAFullPassWaitsForItsWindowAnIncrementalOneMayRun) {
  LookAt(1);
  const Governor* full = pacing_.BeginFull();
  EXPECT_FALSE(pacing_.MayBeginAnother());
  LookAt(6);
  EXPECT_TRUE(pacing_.MayBeginAnother());
  pacing_.BeginIncremental();
  EXPECT_FALSE(pacing_.MayBeginAnother());
  // Not both at once, or the rate would be twice what was asked for.
  LookAt(22);
  EXPECT_EQ(full->paused(), "an incremental pass runs");
  pacing_.EndIncremental();
  LookAt(22);
  EXPECT_EQ(full->paused(), std::nullopt);
  EXPECT_FALSE(pacing_.IsIdle());
  pacing_.EndFull();
  EXPECT_TRUE(pacing_.IsIdle());
  EXPECT_TRUE(pacing_.MayBeginAnother());
}

TEST_F(PacingTest, BothPauseWhileReplicationLags) {
  LookAt(12);
  const Governor* incremental = pacing_.BeginIncremental();
  LookAt(12, absl::Seconds(60));
  EXPECT_EQ(incremental->paused(), std::nullopt);
  LookAt(12, absl::Seconds(61));
  EXPECT_EQ(incremental->paused(), "replication lags by more than verify.max_lag, 1m");
  // Not known: for how long it would pause could not be known either.
  LookAt(12, std::nullopt);
  EXPECT_EQ(incremental->paused(), std::nullopt);
  LookAt(23, absl::Seconds(61));
  pacing_.EndIncremental();
  EXPECT_EQ(incremental->paused(), std::nullopt);
  EXPECT_NE(pacing_.BeginFull()->paused(), std::nullopt);
}

TEST_F(PacingTest, WhenAFullPassMayBegin) {
  const absl::Time noon = kMidnight + absl::Hours(12);
  EXPECT_EQ(pacing_.FullNotBefore(noon), kMidnight + absl::Hours(22));
  EXPECT_EQ(pacing_.FullNotBefore(kMidnight), kMidnight);
  Pacing always("a-b", VerifyConfig{}, absl::UTCTimeZone());
  EXPECT_EQ(always.FullNotBefore(noon), noon);
  always.BeginFull();
  EXPECT_EQ(always.FullNotBefore(noon), absl::InfiniteFuture());
}

TEST_F(PacingTest, WhatAnOperatorHoldsStaysHeld) {
  LookAt(1);
  const Governor* full = pacing_.BeginFull();
  pacing_.Hold(JobKind::kFullPass, "paused by alice", kMidnight + absl::Hours(1));
  EXPECT_EQ(full->paused(), "paused by alice");
  for (const auto& [hour, lag] : {std::pair{6, 0}, {23, 61}, {12, 61}, {23, 0}}) {
    LookAt(hour, absl::Seconds(lag));
    EXPECT_EQ(full->paused(), "paused by alice") << hour;
  }
  // It may take days: what was written meanwhile is compared all the same.
  EXPECT_TRUE(pacing_.MayBeginAnother());
  const Governor* incremental = pacing_.BeginIncremental();
  EXPECT_EQ(incremental->paused(), std::nullopt);
  pacing_.LetGo(JobKind::kFullPass, kMidnight + absl::Hours(23));
  EXPECT_EQ(full->paused(), "an incremental pass runs");
  // One that is held reads nothing, so the other may.
  pacing_.Hold(JobKind::kIncrementalPass, "paused by bob", kMidnight + absl::Hours(23));
  EXPECT_EQ(incremental->paused(), "paused by bob");
  EXPECT_EQ(full->paused(), std::nullopt);
  pacing_.EndIncremental();
  EXPECT_EQ(pacing_.BeginIncremental()->paused(), std::nullopt);
}

TEST_F(PacingTest, CancelledIsForOnePass) {
  LookAt(1);
  pacing_.Cancel(JobKind::kFullPass, "cancelled by alice");
  EXPECT_EQ(pacing_.BeginFull()->status(), absl::CancelledError("cancelled by alice"));
  EXPECT_TRUE(pacing_.IsCancelled(JobKind::kFullPass));
  EXPECT_FALSE(pacing_.stopped());
  EXPECT_TRUE(pacing_.BeginIncremental()->status().ok());
  pacing_.EndFull();
  EXPECT_FALSE(pacing_.IsCancelled(JobKind::kFullPass));
  EXPECT_TRUE(pacing_.BeginFull()->status().ok());
  pacing_.Cancel(JobKind::kFullPass, "cancelled by alice");
  pacing_.Stop();
  pacing_.EndFull();
  EXPECT_FALSE(pacing_.BeginFull()->status().ok());
}

TEST_F(PacingTest, StoppedIsForGood) {
  EXPECT_FALSE(pacing_.stopped());
  pacing_.Stop();
  EXPECT_TRUE(pacing_.stopped());
  EXPECT_TRUE(absl::IsCancelled(pacing_.BeginFull()->status()));
  EXPECT_TRUE(absl::IsCancelled(pacing_.BeginIncremental()->status()));
}

}  // namespace
}  // namespace twinwatch::app
