#include "probes/api/request_bucket.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using namespace std::chrono_literals;

const RequestBucket::Time kStart = RequestBucket::Time(1000s);

TEST(RequestBucket, ASecondsWorthAtOnceThenOneByOne) {
  RequestBucket bucket(10);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.Take(kStart, kStart), kStart) << i;
  EXPECT_EQ(bucket.Take(kStart, kStart + 1s), kStart + 100ms);
  EXPECT_EQ(bucket.Take(kStart, kStart + 1s), kStart + 200ms);
  EXPECT_EQ(bucket.Take(kStart + 10s, kStart + 10s), kStart + 10s);
}

TEST(RequestBucket, NothingIsTakenByWhoCannotWait) {
  RequestBucket bucket(1);
  EXPECT_EQ(bucket.Take(kStart, kStart), kStart);
  EXPECT_EQ(bucket.Take(kStart, kStart + 900ms), std::nullopt);
  EXPECT_EQ(bucket.Take(kStart, kStart + 900ms), std::nullopt);
  EXPECT_EQ(bucket.Take(kStart, kStart + 1s), kStart + 1s);
}

TEST(RequestBucket, WhatIsGivenBackIsThereAgainAndNoMore) {
  RequestBucket bucket(2);
  EXPECT_EQ(bucket.Take(kStart, kStart), kStart);
  EXPECT_EQ(bucket.Take(kStart, kStart), kStart);
  bucket.GiveBack();
  EXPECT_EQ(bucket.Take(kStart, kStart), kStart);
  EXPECT_EQ(bucket.Take(kStart, kStart), std::nullopt);
  bucket.GiveBack();
  EXPECT_EQ(bucket.Take(kStart + 10s, kStart + 10s), kStart + 10s);
  EXPECT_EQ(bucket.Take(kStart + 10s, kStart + 10s), kStart + 10s);
  EXPECT_EQ(bucket.Take(kStart + 10s, kStart + 10s), std::nullopt);
}

TEST(RequestBucket, NeverMoreThanTheRateOverTime) {
  RequestBucket bucket(50);
  RequestBucket::Time last = kStart;
  for (int i = 0; i < 1000; ++i) last = *bucket.Take(kStart, kStart + 1h);
  EXPECT_EQ(last, kStart + 19s);
}

}  // namespace
}  // namespace twinwatch
