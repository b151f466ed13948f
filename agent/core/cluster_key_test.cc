#include "agent/core/cluster_key.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(ClusterKey, OnePortForAllHosts) {
  const auto key = ClusterKey::Parse("zk1,zk2,zk3:2181:/hbase");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->ConnectString(), "zk1:2181,zk2:2181,zk3:2181");
  EXPECT_EQ(key->base_znode, "/hbase");
  EXPECT_EQ(key->ToString(), "zk1,zk2,zk3:2181:/hbase");
}

TEST(ClusterKey, PortsOfTheirOwn) {
  const auto key = ClusterKey::Parse("zk1:2181,zk2:2182:/hbase-unsecure");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->ToString(), "zk1:2181,zk2:2182:/hbase-unsecure");
}

TEST(ClusterKey, SaysWhatIsWrong) {
  for (const char* bad : {"", "zk1", "zk1:2181", "zk1:2181:hbase", "zk1:/hbase", "zk1:0:/hbase",
                          "zk1:99999:/hbase", ",zk2:2181:/hbase", "zk1:2181:/", "zk1:2181:/a/",
                          "z k:2181:/hbase", "zk1:x,zk2:2181:/hbase"}) {
    EXPECT_EQ(ClusterKey::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace twinwatch
