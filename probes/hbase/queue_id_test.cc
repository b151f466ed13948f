#include "probes/hbase/queue_id.h"

#include <gtest/gtest.h>

namespace twinwatch::hbase {
namespace {

TEST(QueueId, OwnQueue) {
  const auto id = ParseQueueId("1");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->peer_id, "1");
  EXPECT_TRUE(id->dead_servers.empty());
}

TEST(QueueId, RecoveredFromHostsWithDashes) {
  const auto id = ParseQueueId("dr-rs-1.prod-a,16020,17-rs2,16020,18");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->peer_id, "dr");
  ASSERT_EQ(id->dead_servers.size(), 2u);
  EXPECT_EQ(id->dead_servers[0].ToString(), "rs-1.prod-a,16020,17");
  EXPECT_EQ(id->dead_servers[1].ToString(), "rs2,16020,18");
}

TEST(QueueId, OtherNames) {
  for (const char* bad : {"", "-", "1-", "1-rs1", "1-rs1,x,2", "a,1,2"}) {
    EXPECT_FALSE(ParseQueueId(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace twinwatch::hbase
