#include "probes/hbase/znode_queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <set>

#include "tests/support/golden.h"

namespace twinwatch::hbase {
namespace {

using ::testing::ElementsAre;
using twinwatch::testing::Golden;

// A tree of znodes in memory.
class FakeZnodes : public Znodes {
 public:
  std::map<std::string, std::string> nodes;

  std::function<void(const std::string& path)> before_get;  // may change `nodes`
  int syncs = 0;

  Task<StatusOr<Znode>> Get(std::string path, bool) override {
    if (before_get) before_get(path);
    const auto it = nodes.find(path);
    if (it == nodes.end()) co_return absl::NotFoundError("");
    Znode node;
    node.data = it->second;
    node.mtime_ms = 42;
    node.czxid = 7;
    node.mzxid = 8;
    co_return node;
  }

  Task<StatusOr<ZnodeChildren>> Children(std::string path, bool) override {
    std::set<std::string> names;
    const std::string prefix = path == "/" ? path : path + "/";
    for (const auto& [node, data] : nodes) {
      if (node.starts_with(prefix))
        names.insert(node.substr(prefix.size(), node.find('/', prefix.size()) - prefix.size()));
    }
    if (names.empty() && !nodes.contains(path)) co_return absl::NotFoundError("");
    ZnodeChildren children;
    children.names.assign(names.begin(), names.end());
    // Like a cversion it differs when children have come or gone.
    const std::string all = fmt::format("{}", fmt::join(children.names, "/"));
    children.cversion = static_cast<int32_t>(std::hash<std::string>()(all) & 0xFFFF);
    co_return children;
  }

  Task<Status> Sync(std::string) override {
    ++syncs;
    co_return absl::OkStatus();
  }

  Task<bool> WaitForChange(std::chrono::milliseconds) override { co_return false; }
};

Task<void> ReadInto(ZnodeQueues* queues, std::string peer, StatusOr<QueueReading>* out) {
  *out = co_await queues->Read(std::move(peer));
}

StatusOr<QueueReading> Read(FakeZnodes* znodes, std::string peer) {
  boost::asio::io_context io;
  ZnodeQueues queues(znodes, "/hbase");
  StatusOr<QueueReading> reading;
  Spawn(io.get_executor(), ReadInto(&queues, std::move(peer), &reading));
  io.run();
  return reading;
}

TEST(ZnodeQueues, OwnRecoveredAndOrphanQueues) {
  FakeZnodes znodes;
  const std::string rs = "/hbase/replication/rs/";
  znodes.nodes["/hbase/rs/a,1,10"] = "";
  znodes.nodes["/hbase/replication/peers/1"] = Golden("znode-peer");
  znodes.nodes["/hbase/replication/peers/1/peer-state"] = Golden("znode-peer-state");
  znodes.nodes[rs + "a,1,10/1/a%2C1%2C10.1700000000002"] = "";
  znodes.nodes[rs + "a,1,10/1/a%2C1%2C10.1700000000001"] = Golden("znode-position");
  znodes.nodes[rs + "a,1,10/1-b,1,9/b%2C1%2C9.1700000000000"] = "";
  znodes.nodes[rs + "a,1,10/gone/a%2C1%2C10.1700000000001"] = "";
  znodes.nodes[rs + "c,1,8/1/c%2C1%2C8.1700000000000"] = "";
  znodes.nodes[rs + "cversion_1"] = "";
  znodes.nodes["/hbase/replication/hfile-refs/1/abc_SeqId_4_"] = "";
  const StatusOr<QueueReading> reading = Read(&znodes, "1");
  ASSERT_TRUE(reading.ok()) << reading.status();
  ASSERT_EQ(reading->queues.size(), 3u);
  const WalQueue& own = reading->queues[0];
  EXPECT_EQ(own.owner.ToString(), "a,1,10");
  EXPECT_TRUE(own.owner_alive);
  ASSERT_EQ(own.wals.size(), 2u);
  EXPECT_EQ(own.wals[0].name, "a%2C1%2C10.1700000000001");
  EXPECT_EQ(own.wals[0].position, 31881370u);
  EXPECT_EQ(own.wals[1].position, std::nullopt);
  EXPECT_EQ(reading->queues[1].dead_servers.at(0).ToString(), "b,1,9");
  EXPECT_FALSE(reading->queues[2].owner_alive);
  EXPECT_THAT(reading->orphan_queues, ElementsAre("a,1,10/gone"));
  EXPECT_EQ(reading->hfile_refs, 1u);
  ASSERT_TRUE(reading->peer_stamp);
  EXPECT_EQ(reading->peer_stamp->created, 7);
  EXPECT_EQ(reading->peer_stamp->state, 8);
  EXPECT_EQ(reading->peer_enabled, true);
  EXPECT_EQ(znodes.syncs, 1);
}

TEST(ZnodeQueues, AQueueThatIsClaimedMeanwhileIsReadAgain) {
  FakeZnodes znodes;
  const std::string rs = "/hbase/replication/rs/";
  znodes.nodes["/hbase/replication/peers/1"] = Golden("znode-peer");
  znodes.nodes["/hbase/replication/peers/1/peer-state"] = Golden("znode-peer-state");
  znodes.nodes[rs + "a,1,10/1/a%2C1%2C10.1700000000001"] = "";
  znodes.nodes[rs + "b,1,9/1/b%2C1%2C9.1700000000000"] = "";
  // After a's queues were listed, a claims b's: neither place shows it in this pass.
  bool claimed = false;
  znodes.before_get = [&](const std::string& path) {
    if (claimed || !path.starts_with(rs + "a,1,10/1/")) return;
    claimed = true;
    znodes.nodes.erase(rs + "b,1,9/1/b%2C1%2C9.1700000000000");
    znodes.nodes[rs + "a,1,10/1-b,1,9/b%2C1%2C9.1700000000000"] = "";
  };
  const StatusOr<QueueReading> reading = Read(&znodes, "1");
  ASSERT_TRUE(reading.ok()) << reading.status();
  ASSERT_EQ(reading->queues.size(), 2u);
  EXPECT_EQ(reading->queues[1].queue_id, "1-b,1,9");
  EXPECT_EQ(znodes.syncs, 2);
}

TEST(ZnodeQueues, QueuesThatAreClaimedForEverEndInAnError) {
  FakeZnodes znodes;
  const std::string rs = "/hbase/replication/rs/";
  znodes.nodes["/hbase/replication/peers/1"] = "";
  znodes.nodes[rs + "a,1,10/1/a%2C1%2C10.1700000000001"] = "";
  int claims = 0;
  znodes.before_get = [&](const std::string&) {
    znodes.nodes[rs + fmt::format("a,1,10/1-b,1,{}/w.1", ++claims)] = "";
  };
  EXPECT_EQ(Read(&znodes, "1").status().code(), absl::StatusCode::kUnavailable);
}

TEST(ZnodeQueues, NoReplicationAtAll) {
  FakeZnodes znodes;
  znodes.nodes["/hbase/hbaseid"] = "";
  const StatusOr<QueueReading> reading = Read(&znodes, "1");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_TRUE(reading->queues.empty());
  EXPECT_TRUE(reading->peer_ids.empty());
}

TEST(ZnodeQueues, APositionThatCannotBeReadIsAnError) {
  FakeZnodes znodes;
  znodes.nodes["/hbase/replication/peers/1"] = "";
  znodes.nodes["/hbase/replication/rs/a,1,10/1/w.1"] = "what?";
  EXPECT_EQ(Read(&znodes, "1").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace twinwatch::hbase
