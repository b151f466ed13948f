#include "verifier/confirm/suspects.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;

TEST(Suspects, NeighboursShareASpan) {
  Suspects suspects;
  suspects.Add("a", 0);
  suspects.Add("c", 50);
  suspects.Add("x", 5000);
  EXPECT_THAT(suspects.spans(),
              ElementsAre(KeyRange{"a", NextKey("c")}, KeyRange{"x", NextKey("x")}));
  EXPECT_EQ(suspects.size(), 3u);
}

TEST(Suspects, ManyFarApartStayFewSpans) {
  Suspects suspects(size_t{64} << 20, 100);
  for (uint64_t i = 0; i < 100'000; ++i) suspects.Add(fmt::format("{:09}", i), i * 1000);
  EXPECT_LE(suspects.spans().size(), 100u);
  EXPECT_EQ(suspects.spans().front().start, "000000000");
  EXPECT_EQ(suspects.spans().back().stop, NextKey("000099999"));
  for (size_t i = 1; i < suspects.spans().size(); ++i) {
    EXPECT_LE(suspects.spans()[i - 1].stop, suspects.spans()[i].start);
  }
}

TEST(SuspectSet, KnowsTheRowsOfAllRanges) {
  std::vector<Suspects> of_ranges(2);
  of_ranges[0].Add("x", 0);
  of_ranges[1].Add("a", 0);
  of_ranges[1].Add("c", 50);
  const SuspectSet set(std::move(of_ranges));
  EXPECT_THAT(set.spans(), ElementsAre(KeyRange{"a", NextKey("c")}, KeyRange{"x", NextKey("x")}));
  EXPECT_EQ(set.size(), 3u);
  for (const char* row : {"a", "c", "x"}) EXPECT_TRUE(set.Contains(row));
  for (const char* row : {"b", "", "xx"}) EXPECT_FALSE(set.Contains(row));
}

TEST(Suspects, SaysWhenItsMemoryIsUsedUp) {
  Suspects suspects(1 << 20);
  uint64_t added = 0;
  for (; !suspects.Full(); ++added) suspects.Add(fmt::format("{:09}", added), added);
  EXPECT_GT(added, 100'000u);
  EXPECT_LE(suspects.bytes(), (1u << 20) + 8);
}

}  // namespace
}  // namespace twinwatch
