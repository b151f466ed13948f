#include "probes/hbase/znode_layout.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace twinwatch::hbase {
namespace {

using twinwatch::testing::Golden;
using std::string_literals::operator""s;

TEST(ZnodeLayout, AsHBaseWritesThem) {
  EXPECT_EQ(ParseMasterZnode(Golden("znode-master"))->ToString(), "localhost,19200,1795455488715");
  EXPECT_EQ(ParseMetaZnode(Golden("znode-meta-region-server"))->ToString(),
            "localhost,41385,1795455488264");
  EXPECT_EQ(*ParseClusterIdZnode(Golden("znode-hbaseid")), "d2fe4c43-da5f-482a-84b2-fd764086be93");
  EXPECT_EQ(**ParsePositionZnode(Golden("znode-position")), 31881370u);
}

TEST(ZnodeLayout, Peer) {
  const auto peer = ParsePeerZnodes("p1", Golden("znode-peer"), Golden("znode-peer-state"));
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ(peer->cluster_key, "localhost:19182:/hbase");
  EXPECT_TRUE(peer->enabled);
  EXPECT_TRUE(peer->replicate_all);
  std::string disabled = Golden("znode-peer-state");
  disabled.back() = 1;
  EXPECT_FALSE(ParsePeerZnodes("p1", Golden("znode-peer"), disabled)->enabled);
}

TEST(ZnodeLayout, EmptyPositionIsNoPosition) {
  EXPECT_EQ(*ParsePositionZnode(""), std::nullopt);
  EXPECT_EQ(**ParsePositionZnode("\0\0\0\0\0\0\1\0"s), 256u);
}

TEST(ZnodeLayout, CutOffAnywhereIsAnError) {
  const std::string whole = Golden("znode-master");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseMasterZnode(whole.substr(0, size)).ok() && size < 50) << size;
  }
  EXPECT_FALSE(ParseMasterZnode("\xff\x7f\xff\xff\xff").ok());
  EXPECT_FALSE(ParsePositionZnode("odd").ok());
}

}  // namespace
}  // namespace twinwatch::hbase
