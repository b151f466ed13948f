#include "agent/core/duration.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(Duration, EachUnit) {
  EXPECT_EQ(*ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("30s"), absl::Seconds(30));
  EXPECT_EQ(*ParseDuration("1.5m"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("2h"), absl::Hours(2));
  EXPECT_EQ(*ParseDuration("7d"), absl::Hours(168));
  EXPECT_EQ(*ParseDuration("0s"), absl::ZeroDuration());
}

TEST(Duration, RefusesTheRest) {
  for (const char* bad :
       {"", "5", "s", "-5s", "5 s", "5sec", "1.2.3s", "1e3s", "9999999999999999d"}) {
    EXPECT_FALSE(ParseDuration(bad).ok()) << bad;
  }
}

TEST(Rate, DecimalAndBinary) {
  EXPECT_EQ(*ParseRate("20MB/s"), 20'000'000u);
  EXPECT_EQ(*ParseRate("1MiB/s"), 1'048'576u);
  for (const char* bad : {"", "20MB", "0B/s", "fast", "-1MB/s"})
    EXPECT_FALSE(ParseRate(bad).ok()) << bad;
}

}  // namespace
}  // namespace twinwatch
