#include "probes/hbase/meta.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace twinwatch::hbase {
namespace {

using twinwatch::testing::FromHex;
using twinwatch::testing::Golden;

MetaRegion Region(std::string start, std::string stop, bool gone = false, bool deployed = true) {
  MetaRegion region;
  region.location.range = {std::move(start), std::move(stop)};
  region.gone = gone;
  region.deployed = deployed;
  return region;
}

TEST(Meta, RowOfAnOpenRegion) {
  const std::string info = Golden("meta-regioninfo");
  const std::string code = FromHex("000001a2097c9108");
  const std::string row = "v,,1795456736949.898f83ed4c3fa21634a32747bea830e2.";
  const auto region = ParseMetaRow({{row, "info", "regioninfo", 1, CellType::kPut, info},
                                    {row, "info", "server", 1, CellType::kPut, "localhost:41385"},
                                    {row, "info", "serverstartcode", 1, CellType::kPut, code}});
  ASSERT_TRUE(region.ok() && *region) << region.status();
  EXPECT_EQ((*region)->table.ToString(), "v");
  EXPECT_EQ((*region)->location.region_name, row);
  EXPECT_EQ((*region)->location.server.ToString(), "localhost,41385,1795455488264");
  EXPECT_TRUE((*region)->deployed);
  EXPECT_FALSE((*region)->gone);
}

TEST(Meta, RowsOfTableStatesAreNoRegions) {
  EXPECT_EQ(*ParseMetaRow({{"v", "table", "state", 1, CellType::kPut, "\x08"}}), std::nullopt);
}

TEST(Meta, WithoutAServerIsNotDeployed) {
  const auto region =
      ParseMetaRow({{"r", "info", "regioninfo", 1, CellType::kPut, Golden("meta-regioninfo")}});
  ASSERT_TRUE(region.ok() && *region);
  EXPECT_FALSE((*region)->deployed);
}

TEST(Meta, OrdersAndLeavesSplitParentsOut) {
  const auto regions =
      OrderRegions({Region("m", ""), Region("", "m", true), Region("d", "m"), Region("", "d")});
  ASSERT_TRUE(regions.ok()) << regions.status();
  ASSERT_EQ(regions->size(), 3u);
  EXPECT_EQ((*regions)[1].range, (KeyRange{"d", "m"}));
}

TEST(Meta, HolesAreAnErrorThatPasses) {
  EXPECT_EQ(OrderRegions({Region("", "d"), Region("m", "")}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(OrderRegions({Region("", "d")}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(OrderRegions({Region("", ""), Region("", "")}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(OrderRegions({Region("", "", false, false)}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(Meta, OrderIsNotThatOfTheBytes) {
  using std::string_literals::operator""s;
  EXPECT_LT(CompareMetaRows("t,,2.x.", "t,\x01,1.x."), 0);
  EXPECT_LT(CompareMetaRows("t,a,1.x.", "t,a,2.x."), 0);
  EXPECT_LT(CompareMetaRows("t,z,1.x.", "t ,,"), 0);
  EXPECT_GT(CompareMetaRows("t,a,b,1.x.", "t,a,1.x."), 0);
  EXPECT_LT(CompareMetaRows("t", "t,,1.x."), 0);
  EXPECT_EQ(CompareMetaRows("t,a,1.x.", "t,a,1.x."), 0);
  EXPECT_GT(CompareMetaRows("t,a,1.x.\0"s, "t,a,1.x."), 0);
}

TEST(Meta, Keys) {
  EXPECT_EQ(LookUpKeys({"default", "t1"}, "abc").from, "t1,abc,99999999999999");
  EXPECT_EQ(LookUpKeys({"ns", "t"}, "").to, "ns:t,,");
  EXPECT_EQ(AllRegionsOf({"default", "t"}), (KeyRange{"t,,", "t ,,"}));
}

}  // namespace
}  // namespace twinwatch::hbase
