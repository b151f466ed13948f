#include "verifier/scan/pacer.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using namespace std::chrono_literals;

TEST(Pacer, UnlimitedNeverWaits) {
  Pacer pacer(0);
  const Pacer::TimePoint now(100s);
  EXPECT_EQ(pacer.Took(UINT64_MAX, now), now);
}

TEST(Pacer, HoldsTheRateAndSavesOneSecondOnly) {
  Pacer pacer(1000);
  const Pacer::TimePoint start(100s);
  EXPECT_EQ(pacer.Took(1000, start), start);
  EXPECT_EQ(pacer.Took(2000, start), start + 2s);
  EXPECT_EQ(pacer.Took(500, start + 2s), start + 2500ms);
  EXPECT_EQ(pacer.Took(3000, start + 60s), start + 62s);
}

}  // namespace
}  // namespace twinwatch
