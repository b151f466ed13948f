#include "verifier/confirm/ttl_edges.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(TtlEdges, ACellIsAtTheEdgeShortlyBeforeAndAfterItExpires) {
  const TtlEdges edges({{"f", 100'000}}, absl::Seconds(10));
  const absl::Time now = absl::FromUnixMillis(1'700'000'000'000);
  const auto with_seconds_left = [&](int64_t seconds) {
    return edges.IsAtEdge("f", static_cast<uint64_t>(1'700'000'000'000 - 100'000 + seconds * 1000),
                          now);
  };
  EXPECT_FALSE(with_seconds_left(11));
  EXPECT_TRUE(with_seconds_left(10));
  EXPECT_TRUE(with_seconds_left(0));
  EXPECT_TRUE(with_seconds_left(-10));
  EXPECT_FALSE(with_seconds_left(-11));
}

TEST(TtlEdges, OtherFamiliesAndOddTimestampsHaveNone) {
  const TtlEdges edges({{"f", 100'000}}, absl::Seconds(10));
  const absl::Time now = absl::FromUnixMillis(1'700'000'000'000);
  EXPECT_FALSE(edges.IsAtEdge("g", 1'699'999'900'000, now));
  EXPECT_FALSE(edges.IsAtEdge("f", UINT64_MAX, now));
  EXPECT_FALSE(edges.IsAtEdge("f", INT64_MAX, now));
  EXPECT_FALSE(edges.IsAtEdge("f", 0, now));
}

}  // namespace
}  // namespace twinwatch
