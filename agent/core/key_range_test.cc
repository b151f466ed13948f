#include "agent/core/key_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;

TEST(KeyRange, EmptyBordersAreTheEndsOfTheTable) {
  EXPECT_TRUE((KeyRange{"", ""}).Contains("\xff\xff"));
  EXPECT_TRUE((KeyRange{"b", ""}).Contains("b"));
  EXPECT_FALSE((KeyRange{"", "b"}).Contains("b"));
}

TEST(KeyRange, ComparesBytesUnsigned) { EXPECT_TRUE((KeyRange{"a", "\xff"}).Contains("\x80")); }

TEST(KeyRange, CutsOnlyInsideAndOnce) {
  EXPECT_THAT(CutAt({"b", "y"}, {"m", "", "a", "b", "y", "z", "m", "d"}),
              ElementsAre(KeyRange{"b", "d"}, KeyRange{"d", "m"}, KeyRange{"m", "y"}));
  EXPECT_THAT(CutAt({"", ""}, {}), ElementsAre(KeyRange{"", ""}));
}

TEST(KeyRange, Intersection) {
  EXPECT_EQ(Intersect({"a", ""}, {"", "m"}), (KeyRange{"a", "m"}));
  EXPECT_EQ(Intersect({"a", "c"}, {"b", "d"}), (KeyRange{"b", "c"}));
  EXPECT_TRUE(IsEmpty(Intersect({"a", "b"}, {"c", "d"})));
  EXPECT_FALSE(IsEmpty({"", ""}));
}

}  // namespace
}  // namespace twinwatch
