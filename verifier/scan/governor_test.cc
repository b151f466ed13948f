#include "verifier/scan/governor.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using namespace std::chrono_literals;
using TimePoint = Governor::TimePoint;

const GovernedServer kOne{"a", {"rs1", 16020, 1}};
const GovernedServer kTwo{"a", {"rs2", 16020, 1}};
const GovernedServer kTwin{"b", {"rs1", 16020, 1}};
constexpr TimePoint kStart(100s);

ServerAnswer Batch(const GovernedServer& from, uint64_t bytes, uint64_t rows = 0) {
  ServerAnswer answer;
  answer.from = from;
  answer.bytes = bytes;
  answer.rows = rows;
  return answer;
}

GovernorLimits Total(uint64_t bytes) { return {bytes, 0, 0}; }
GovernorLimits OfServer(uint64_t bytes, uint64_t rows = 0) { return {0, bytes, rows}; }

TEST(Governor, WithoutLimitsNobodyWaits) {
  Governor governor;
  EXPECT_TRUE(governor.IsFree());
  EXPECT_EQ(governor.Took(Batch(kOne, UINT64_MAX, UINT64_MAX), kStart), kStart);
}

TEST(Governor, HoldsTheRateAndSavesOneSecondOnly) {
  for (const GovernorLimits& limits : {Total(1000), OfServer(1000)}) {
    Governor governor(limits);
    EXPECT_FALSE(governor.IsFree());
    EXPECT_EQ(governor.Took(Batch(kOne, 1000), kStart), kStart);
    EXPECT_EQ(governor.Took(Batch(kOne, 2000), kStart), kStart + 2s);
    EXPECT_EQ(governor.Took(Batch(kOne, 500), kStart + 2s), kStart + 2500ms);
    EXPECT_EQ(governor.Took(Batch(kOne, 3000), kStart + 60s), kStart + 62s);
  }
}

TEST(Governor, EachServerHasItsOwnRate) {
  Governor governor(OfServer(1000));
  governor.Took(Batch(kOne, 4000), kStart);
  EXPECT_EQ(governor.ReadyAt(kOne, kStart), kStart + 3s);
  EXPECT_EQ(governor.ReadyAt(kTwo, kStart), kStart);
  EXPECT_EQ(governor.Took(Batch(kTwo, 2000), kStart), kStart + 1s);
  EXPECT_EQ(governor.Took(Batch(kTwin, 1000), kStart), kStart);
}

TEST(Governor, ATotalCountsAllServersTogether) {
  Governor governor(Total(1000));
  governor.Took(Batch(kOne, 2000), kStart);
  EXPECT_EQ(governor.Took(Batch(kTwin, 2000), kStart), kStart + 3s);
}

TEST(Governor, OverHoursAStreamGetsWhatTheRateAllows) {
  Governor governor(OfServer(20'000'000, 200'000));
  TimePoint now = kStart;
  uint64_t bytes = 0;
  while (now < kStart + 1h) {
    now = governor.Took(Batch(kOne, 2'097'152, 10), now);
    bytes += 2'097'152;
  }
  EXPECT_NEAR(static_cast<double>(bytes), 20e6 * 3600, 20e6 * 3);
}

TEST(Governor, RowsAreLimitedBesideBytes) {
  Governor governor(OfServer(1'000'000, 100));
  EXPECT_EQ(governor.Took(Batch(kOne, 10'000, 300), kStart), kStart + 2s);
  EXPECT_EQ(governor.Took(Batch(kOne, 10'000'000, 1), kStart + 10s), kStart + 19s);
}

TEST(Governor, WhatIsReadTooMuchIsPaidBackAtTheNewRate) {
  Governor governor(OfServer(1000));
  governor.Took(Batch(kOne, 1'001'000), kStart);
  EXPECT_EQ(governor.ReadyAt(kOne, kStart), kStart + 1000s);
  governor.SetLimits(OfServer(100'000));
  EXPECT_EQ(governor.ReadyAt(kOne, kStart), kStart + 10s);
  governor.SetLimits({});
  EXPECT_EQ(governor.ReadyAt(kOne, kStart), kStart);
  EXPECT_TRUE(governor.IsFree());
  governor.SetLimits(OfServer(1000));
  EXPECT_EQ(governor.Took(Batch(kOne, 2000), kStart), kStart + 1s);
}

TEST(Governor, DuringAPauseNobodyIsReady) {
  Governor governor;
  governor.Pause("replication lags");
  EXPECT_FALSE(governor.IsFree());
  EXPECT_EQ(governor.paused(), "replication lags");
  EXPECT_EQ(governor.ReadyAt(kOne, kStart), TimePoint::max());
  EXPECT_EQ(governor.Took(Batch(kOne, 1), kStart), TimePoint::max());
  governor.Resume();
  EXPECT_EQ(governor.ReadyAt(kOne, kStart), kStart);
  EXPECT_TRUE(governor.IsFree());
}

TEST(Governor, StoppedIsForGood) {
  Governor governor;
  EXPECT_TRUE(governor.status().ok());
  governor.Stop();
  EXPECT_TRUE(absl::IsCancelled(governor.status()));
  EXPECT_FALSE(governor.IsFree());
}

// Batches of 1 MiB, each as soon as it may be asked for: bytes in `time`.
uint64_t ReadFor(Governor* governor, std::chrono::milliseconds answered_in,
                 std::chrono::seconds time, TimePoint* now) {
  ServerAnswer answer = Batch(kOne, 1 << 20);
  answer.answered_in = answered_in;
  uint64_t bytes = 0;
  for (const TimePoint end = *now + time; *now < end; bytes += answer.bytes)
    *now = governor->Took(answer, *now + answered_in);
  return bytes;
}

TEST(Governor, ASlowServerIsReadSlowerUntilItIsQuickAgain) {
  constexpr uint64_t kRate = 4 << 20;
  Governor governor(OfServer(kRate));
  TimePoint now = kStart;
  const uint64_t quiet = ReadFor(&governor, 20ms, 60s, &now);
  EXPECT_NEAR(static_cast<double>(quiet), 60.0 * kRate, 2.0 * kRate);
  ReadFor(&governor, 100ms, 30s, &now);
  EXPECT_EQ(governor.ShareOf(kOne), ScanLatency::kLeastShare);
  const uint64_t busy = ReadFor(&governor, 100ms, 60s, &now);
  EXPECT_LT(busy, quiet / 9);
  EXPECT_GT(busy, quiet / 11);
  EXPECT_EQ(governor.ShareOf(kTwo), 1);
  ReadFor(&governor, 20ms, 60s, &now);
  EXPECT_EQ(governor.ShareOf(kOne), 1);
}

TEST(Governor, ATotalIsTakenAtItsWordHoweverSlowServersAre) {
  Governor governor(Total(4 << 20));
  TimePoint now = kStart;
  ReadFor(&governor, 20ms, 60s, &now);
  const uint64_t busy = ReadFor(&governor, 200ms, 60s, &now);
  EXPECT_NEAR(static_cast<double>(busy), 60.0 * (4 << 20), 8 << 20);
}

TEST(Governor, ServersThatAreGoneAreForgotten) {
  Governor governor(OfServer(1000));
  for (uint64_t start_code = 1; start_code <= 3000; ++start_code) {
    const GovernedServer life{"a", {"rs1", 16020, start_code}};
    governor.Took(Batch(life, 100'000), kStart + std::chrono::milliseconds(start_code));
  }
  EXPECT_EQ(governor.ReadyAt({"a", {"rs1", 16020, 1}}, kStart + 3s), kStart + 3s);
  EXPECT_GT(governor.ReadyAt({"a", {"rs1", 16020, 3000}}, kStart + 3s), kStart + 60s);
}

TEST(Governor, OneThatWasStoppedCanServeAnotherVerification) {
  Governor governor(OfServer(1000));
  governor.Took(Batch(kOne, 100), kStart);
  governor.Took(Batch(kTwo, 50), kStart);
  EXPECT_EQ(governor.bytes_taken(), 150u);
  governor.Stop("cancelled by alice");
  governor.Stop();
  EXPECT_EQ(governor.status(), absl::CancelledError("cancelled by alice"));
  governor.Renew();
  EXPECT_TRUE(governor.status().ok());
  EXPECT_EQ(governor.limits(), OfServer(1000));
}

TEST(Governor, WhatIsLimitedIsAskedForLittleAtATime) {
  EXPECT_EQ(Governor().BatchBytes(), 2u << 20);
  EXPECT_EQ(Governor({50'000'000, 0, 0}).BatchBytes(), 2u << 20);
  EXPECT_EQ(Governor({1'000'000, 0, 0}).BatchBytes(), 100'000u);
  EXPECT_EQ(Governor({0, 20'000'000, 0}).BatchBytes(), 33'333u);
  EXPECT_EQ(Governor({0, 1'000, 0}).BatchBytes(), 32u << 10);
  EXPECT_EQ(Governor({0, 2'000'000'000, 0}).BatchBytes(), 2u << 20);
}

}  // namespace
}  // namespace twinwatch
