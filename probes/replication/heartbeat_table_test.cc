#include "probes/replication/heartbeat_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const TableName kTable = *TableName::Parse(kHeartbeatTable);

std::string WhyNot(const Peer& peer) {
  return std::string(CheckHeartbeatPeer(peer, kTable, "zk:2181:/hbase").message());
}

TEST(HeartbeatBorders, FourRegionsAServerWithinLimits) {
  EXPECT_EQ(HeartbeatBorders(0).size(), 31u);
  EXPECT_EQ(HeartbeatBorders(8).size(), 31u);
  EXPECT_EQ(HeartbeatBorders(20).size(), 79u);
  EXPECT_EQ(HeartbeatBorders(10'000).size(), 255u);
  EXPECT_EQ(HeartbeatBorders(1).front(), "08");
  EXPECT_EQ(HeartbeatBorders(10'000).front(), "01");
  EXPECT_EQ(HeartbeatBorders(10'000).back(), "ff");
  const std::vector<std::string> borders = HeartbeatBorders(20);
  EXPECT_EQ(std::set<std::string>(borders.begin(), borders.end()).size(), borders.size());
}

TEST(HeartbeatTable, ItsOwnDescriptorIsRight) {
  EXPECT_TRUE(CheckHeartbeatTable(HeartbeatDescriptor(kTable), "a").ok());
}

TEST(HeartbeatTable, ScopeAndFamilyAreLookedAt) {
  TableDescriptor table = HeartbeatDescriptor(kTable);
  table.families[0].scope = 0;
  const Status local = CheckHeartbeatTable(table, "a");
  EXPECT_EQ(local.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(local.message()),
              HasSubstr("alter 'twinwatch:heartbeat', { NAME => 'h', REPLICATION_SCOPE => 1 }"));
  table.families.clear();
  EXPECT_FALSE(CheckHeartbeatTable(table, "a").ok());
}

TEST(HeartbeatPeer, AllTables) { EXPECT_TRUE(CheckHeartbeatPeer(Peer{}, kTable, "a").ok()); }

TEST(HeartbeatPeer, ListsMustHaveIt) {
  Peer peer;
  peer.id = "1";
  peer.replicate_all = false;
  EXPECT_THAT(WhyNot(peer),
              HasSubstr("append_peer_tableCFs '1', { 'twinwatch:heartbeat' => ['h'] }"));
  peer.tables[kTable] = {"other"};
  EXPECT_FALSE(CheckHeartbeatPeer(peer, kTable, "a").ok());
  peer.tables[kTable] = {"h"};
  EXPECT_TRUE(CheckHeartbeatPeer(peer, kTable, "a").ok());
  peer.tables.clear();
  peer.namespaces = {"twinwatch"};
  EXPECT_TRUE(CheckHeartbeatPeer(peer, kTable, "a").ok());
}

TEST(HeartbeatPeer, ExclusionsMustNot) {
  Peer peer;
  peer.id = "1";
  peer.excluded_namespaces = {"twinwatch"};
  EXPECT_THAT(WhyNot(peer), HasSubstr("remove_peer_exclude_namespaces '1', ['twinwatch']"));
  peer.excluded_namespaces.clear();
  peer.excluded_tables[kTable] = {};
  EXPECT_THAT(WhyNot(peer),
              HasSubstr("remove_peer_exclude_tableCFs '1', { 'twinwatch:heartbeat' => [] }"));
}

TEST(Uncovered, ServersWithoutARegionThatHoldsABeat) {
  const ServerName a{"a", 1, 1}, b{"b", 1, 1}, c{"c", 1, 1};
  std::vector<RegionLocation> regions(2);
  regions[0] = {{"10", "20"}, "", a};
  regions[1] = {{"20", {"20\0", 3}}, "", b};
  EXPECT_THAT(Uncovered({a, b, c}, regions), ElementsAre(b, c));
}

}  // namespace
}  // namespace twinwatch
