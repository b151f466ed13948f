#include "verifier/run/plan_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;

RegionLocation Region(std::string start, std::string stop) {
  RegionLocation region;
  region.range = {std::move(start), std::move(stop)};
  return region;
}

TEST(PlanRanges, UnionOfBothSidesBorders) {
  EXPECT_THAT(
      PlanRanges({"", ""}, {Region("", "m"), Region("m", "")}, {Region("", "d"), Region("d", "")}),
      ElementsAre(KeyRange{"", "d"}, KeyRange{"d", "m"}, KeyRange{"m", ""}));
}

TEST(PlanRanges, OnlyWhatWasAskedFor) {
  EXPECT_THAT(PlanRanges({"b", "e"}, {Region("", "m"), Region("m", "")},
                         {Region("", "d"), Region("d", "")}),
              ElementsAre(KeyRange{"b", "d"}, KeyRange{"d", "e"}));
}

TEST(FractionOf, BetweenTheBorders) {
  EXPECT_DOUBLE_EQ(FractionOf({"a0", "a8"}, "a4"), 0.5);
  EXPECT_DOUBLE_EQ(FractionOf({"a", "b"}, "a"), 0);
  EXPECT_DOUBLE_EQ(FractionOf({"a", "b"}, "z"), 1);
  EXPECT_DOUBLE_EQ(FractionOf({"", "b"}, "a"), 0);
}

}  // namespace
}  // namespace twinwatch
