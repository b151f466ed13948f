#include "verifier/diff/future_cells.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'795'451'884'000);

FutureCells One(uint64_t timestamp_ms) {
  FutureCells found;
  found.cells = 1;
  found.furthest_ms = timestamp_ms;
  return found;
}

TEST(FutureCells, HideUntilTheirTimeHasCome) {
  EXPECT_TRUE(One(1'795'451'884'001).HidesAt(kNow));
  EXPECT_FALSE(One(1'795'451'884'000).HidesAt(kNow));
  EXPECT_FALSE(FutureCells().HidesAt(kNow));
}

TEST(FutureCells, AMarkerAloneHidesToo) {
  FutureCells found;
  found.markers = 1;
  found.furthest_ms = 1'795'451'884'001;
  EXPECT_TRUE(found.HidesAt(kNow));
}

TEST(FutureCells, WhatWasNotCountedMayLieFurtherAhead) {
  FutureCells found = One(1'795'451'884'000);
  found.at_least = true;
  EXPECT_TRUE(found.HidesAt(kNow));
}

TEST(FutureCells, TimesThatNoCalendarHasEndWithTheYear9999) {
  const absl::Time end = absl::FromUnixSeconds(253'402'300'799);
  for (const uint64_t ms :
       {uint64_t{253'402'300'799'000}, uint64_t{INT64_MAX} - 1, uint64_t{INT64_MAX}, UINT64_MAX}) {
    EXPECT_EQ(TimeOfCell(ms), end) << ms;
    EXPECT_TRUE(One(ms).HidesAt(kNow));
  }
  EXPECT_EQ(TimeOfCell(253'402'300'798'999), absl::FromUnixMillis(253'402'300'798'999));
}

}  // namespace
}  // namespace twinwatch
