#include "verifier/scan/scan_latency.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t kMiB = 1 << 20;

// Answers of 2 MiB to a scan, four a second.
class ScanLatencyTest : public ::testing::Test {
 protected:
  void Answers(std::chrono::microseconds took, std::chrono::milliseconds time,
               uint64_t bytes = 2 * kMiB, uint64_t cells = 0) {
    for (const auto end = now_ + time; now_ < end; now_ += 250ms)
      latency_.Answered(bytes, cells, took, now_);
  }

  ScanLatency latency_;
  ScanLatency::TimePoint now_{100s};
};

TEST_F(ScanLatencyTest, AQuietServerIsReadAtFullSpeed) {
  EXPECT_EQ(latency_.share(), 1);
  Answers(50ms, 60s);
  EXPECT_EQ(latency_.share(), 1);
}

TEST_F(ScanLatencyTest, ASlowOneIsSparedMoreAndMoreAndNeverLeftAlone) {
  Answers(50ms, 60s);
  Answers(200ms, 2s);
  EXPECT_LE(latency_.share(), 0.5);
  EXPECT_GE(latency_.share(), 0.25);
  Answers(200ms, 20s);
  EXPECT_EQ(latency_.share(), ScanLatency::kLeastShare);
}

TEST_F(ScanLatencyTest, ComesBackLittleByLittle) {
  Answers(50ms, 60s);
  Answers(200ms, 20s);
  Answers(50ms, 8s);
  EXPECT_GT(latency_.share(), 0.3);
  EXPECT_LT(latency_.share(), 0.6);
  Answers(50ms, 20s);
  EXPECT_EQ(latency_.share(), 1);
}

TEST_F(ScanLatencyTest, OneSlowAnswerIsNothing) {
  Answers(50ms, 60s);
  Answers(240ms, 250ms);
  Answers(50ms, 5s);
  EXPECT_EQ(latency_.share(), 1);
}

TEST_F(ScanLatencyTest, WhatIsTwiceAsSlowAndStillQuickIsNoise) {
  Answers(3ms, 60s);
  Answers(9ms, 20s);
  EXPECT_EQ(latency_.share(), 1);
}

TEST_F(ScanLatencyTest, ServersThatAreSlowerForGoodAreReadAtFullSpeedAgain) {
  Answers(50ms, 60s);
  Answers(200ms, 60s);
  EXPECT_EQ(latency_.share(), ScanLatency::kLeastShare);
  Answers(200ms, 1h);
  EXPECT_EQ(latency_.share(), 1);
}

TEST_F(ScanLatencyTest, SmallAnswersSayNothing) {
  Answers(50ms, 60s);
  Answers(2s, 20s, 10'000, 10);
  EXPECT_EQ(latency_.share(), 1);
}

TEST_F(ScanLatencyTest, HalfAsMuchInHalfTheTimeIsAsQuick) {
  Answers(60ms, 60s, 2 * kMiB);
  Answers(120ms, 20s, 4 * kMiB);
  EXPECT_EQ(latency_.share(), 1);
  // Many small cells are more work than their bytes.
  Answers(120ms, 20s, kMiB, 3 * kMiB / 250);
  EXPECT_EQ(latency_.share(), 1);
}

}  // namespace
}  // namespace twinwatch
