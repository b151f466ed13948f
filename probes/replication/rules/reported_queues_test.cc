#include "probes/replication/rules/reported_queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::HasSubstr;

LinkReading Closed() {
  LinkReading reading;
  reading.closed = "ZooKeeper does not let us read /hbase/replication/peers";
  reading.peer_enabled = true;
  ReportedLoad load;
  load.server = {"rs1", 16020, 5};
  load.peer_id = "1";
  load.queue_id = "1-rs2,16020,4";
  load.recovered = true;
  load.log_queue = 3;
  reading.loads = {load};
  load.queue_id.clear();
  load.recovered = false;
  reading.loads.push_back(load);
  return reading;
}

TEST(ReportedQueues, ShowWhatIsReportedAndClaimNothing) {
  const std::vector<QueueStatus> queues = QueuesAsReported(Closed());
  ASSERT_EQ(queues.size(), 2u);
  EXPECT_EQ(queues[0].regionserver, "rs1,16020,5");
  EXPECT_EQ(queues[0].queue, "1-rs2,16020,4");
  EXPECT_TRUE(queues[0].recovered);
  EXPECT_EQ(queues[0].wals, 3u);
  EXPECT_EQ(queues[1].queue, "1");
  for (const QueueStatus& queue : queues) {
    EXPECT_EQ(queue.state, QueueState::kUnknown);
    EXPECT_THAT(*queue.why, HasSubstr("does not let us read"));
    EXPECT_FALSE(queue.bytes);
    EXPECT_FALSE(queue.position);
    EXPECT_FALSE(queue.oldest_ms);
  }
}

TEST(ReportedQueues, OfADisabledPeerAreDisabled) {
  LinkReading reading = Closed();
  reading.peer_enabled = false;
  EXPECT_EQ(QueuesAsReported(reading)[0].state, QueueState::kDisabled);
}

}  // namespace
}  // namespace twinwatch
