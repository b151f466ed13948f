#include "verifier/run/plan_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;

RegionLocation Region(std::string start, std::string stop) {
  RegionLocation region;
  region.region_name = "t," + start;
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

TEST(WeightsOf, TheLargerOfBothSidesDividedAmongThePiecesOfARegion) {
  const std::vector<RegionLocation> source = {Region("", "m"), Region("m", "")};
  const std::vector<RegionLocation> target = {Region("", "d"), Region("d", "")};
  const std::vector<KeyRange> pieces = PlanRanges({}, source, target);  // to d, to m, to the end
  const RegionSizes source_sizes = {{"t,", 64u << 20}, {"t,m", 256u << 20}};
  const std::vector<double> weights = WeightsOf(pieces, source, source_sizes, target, {});
  ASSERT_EQ(weights.size(), 3u);
  EXPECT_EQ(weights[0], 32u << 20);
  EXPECT_EQ(weights[1], 32u << 20);
  EXPECT_EQ(weights[2], 256u << 20);
  const RegionSizes grown = {{"t,", 70u << 20}, {"t,m", 250u << 20}};
  EXPECT_EQ(WeightsOf(pieces, source, grown, target, {}), weights);
}

TEST(WeightsOf, WithoutSizesAllRegionsWeighTheSame) {
  const std::vector<RegionLocation> regions = {Region("", "m"), Region("m", "")};
  const std::vector<double> weights =
      WeightsOf(PlanRanges({}, regions, regions), regions, {}, regions, {});
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_GT(weights[0], 0);
}

TEST(FractionOf, BetweenTheBorders) {
  EXPECT_DOUBLE_EQ(FractionOf({"a0", "a8"}, "a4"), 0.5);
  EXPECT_DOUBLE_EQ(FractionOf({"a", "b"}, "a"), 0);
  EXPECT_DOUBLE_EQ(FractionOf({"a", "b"}, "z"), 1);
  EXPECT_DOUBLE_EQ(FractionOf({"", "b"}, "a"), 0);
}

}  // namespace
}  // namespace twinwatch
