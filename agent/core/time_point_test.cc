#include "agent/core/time_point.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

constexpr int64_t kNow = 1'795'451'884'000;

int64_t Ms(std::string_view text) {
  const StatusOr<absl::Time> time = ParseTime(text, absl::FromUnixMillis(kNow));
  return time.ok() ? absl::ToUnixMillis(*time) : -1;
}

TEST(TimePoint, Rfc3339WithItsZone) {
  EXPECT_EQ(Ms("2026-11-23T16:38:04Z"), kNow);
  EXPECT_EQ(Ms("2026-11-23T17:38:04.250+01:00"), kNow + 250);
}

TEST(TimePoint, MillisecondsSince1970) {
  EXPECT_EQ(Ms("1795451884000"), kNow);
  EXPECT_EQ(Ms("0"), 0);
}

TEST(TimePoint, BeforeNow) {
  EXPECT_EQ(Ms("-2h"), kNow - 7'200'000);
  EXPECT_EQ(Ms("-500ms"), kNow - 500);
}

TEST(TimePoint, AnythingElseIsRefused) {
  for (const char* text :
       {"", "-", "yesterday", "2h", "-2", "1e12", "12345678901234567890", "-100000d", "2026-11-23",
        "2026-11-23T16:38:04", "infinite-future", "inf"}) {
    EXPECT_EQ(Ms(text), -1) << text;
  }
}

}  // namespace
}  // namespace twinwatch
