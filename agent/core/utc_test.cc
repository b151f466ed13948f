#include "agent/core/utc.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(Utc, Forms) {
  const absl::Time time = absl::FromUnixMillis(1795451884999);
  EXPECT_EQ(ToRfc3339(time), "2026-11-23T16:38:04Z");
  EXPECT_EQ(ToCompactUtc(time), "20261123T163804Z");
  EXPECT_EQ(ToClockUtc(time), "16:38:04");
}

}  // namespace
}  // namespace twinwatch
