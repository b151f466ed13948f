#include "probes/hbase/znode_queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <set>

#include "tests/support/golden.h"
#include "tests/support/run_coro.h"

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
  int reads = 0;

  // As a server sees it: a watch fires once, and a list's watch when it changes.
  void Put(const std::string& path, std::string data) {
    if (!nodes.contains(path)) ListOfParentChanges(path);
    if (data_watches_.erase(path) > 0) ++changes_;
    nodes[path] = std::move(data);
  }
  void Erase(const std::string& path) {
    if (nodes.erase(path) > 0) ListOfParentChanges(path);
  }
  void LoseSession() {
    data_watches_.clear();
    list_watches_.clear();
    ++changes_;
  }

  Task<StatusOr<Znode>> Get(std::string path, bool watch) override {
    ++reads;
    if (before_get) before_get(path);
    if (watch && nodes.contains(path)) data_watches_.insert(path);
    const auto it = nodes.find(path);
    if (it == nodes.end()) co_return absl::NotFoundError("");
    Znode node;
    node.data = it->second;
    node.mtime_ms = 42;
    node.ctime_ms = 41;
    node.czxid = 7;
    node.mzxid = 8;
    co_return node;
  }

  Task<StatusOr<ZnodeChildren>> Children(std::string path, bool watch) override {
    ++reads;
    std::set<std::string> names;
    const std::string prefix = path == "/" ? path : path + "/";
    for (const auto& [node, data] : nodes) {
      if (node.starts_with(prefix))
        names.insert(node.substr(prefix.size(), node.find('/', prefix.size()) - prefix.size()));
    }
    if (names.empty() && !nodes.contains(path)) co_return absl::NotFoundError("");
    if (watch) list_watches_.insert(path);
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
  uint64_t changes() const override { return changes_; }

 private:
  // Znodes above it come and go with it, as nobody makes them.
  void ListOfParentChanges(std::string path) {
    while (path.rfind('/') != std::string::npos) {
      path.resize(path.rfind('/'));
      if (list_watches_.erase(path) > 0) ++changes_;
    }
  }

  std::set<std::string> data_watches_, list_watches_;
  uint64_t changes_ = 0;
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

Task<void> ReadRefsInto(ZnodeQueues* queues, HFileRefTimes known, Deadline deadline,
                        StatusOr<HFileRefs>* out) {
  *out = co_await queues->ReadHFileRefs("1", std::move(known), deadline);
}

StatusOr<HFileRefs> ReadRefs(FakeZnodes* znodes, HFileRefTimes known = {},
                             Deadline deadline = Deadline::max()) {
  boost::asio::io_context io;
  ZnodeQueues queues(znodes, "/hbase");
  StatusOr<HFileRefs> refs;
  Spawn(io.get_executor(), ReadRefsInto(&queues, std::move(known), deadline, &refs));
  io.run();
  return refs;
}

TEST(ZnodeQueues, OnlyNewRefsAreRead) {
  FakeZnodes znodes;
  const std::string path = "/hbase/replication/hfile-refs/1/";
  for (const char* name : {"a", "b", "c"}) znodes.nodes[path + name] = "";
  std::vector<std::string> read;
  znodes.before_get = [&](const std::string& node) { read.push_back(node); };
  const auto refs = ReadRefs(&znodes, {{"a", 5}, {"c", 6}, {"gone", 7}});
  ASSERT_TRUE(refs.ok()) << refs.status();
  EXPECT_THAT(read, ElementsAre(path + "b"));
  EXPECT_EQ(refs->count, 3u);
  ASSERT_EQ(refs->refs.size(), 3u);
  EXPECT_EQ(refs->refs[0].created_ms, 5);
  EXPECT_EQ(refs->refs[1].created_ms, 41);
  EXPECT_EQ(refs->refs[2].name, "c");
}

TEST(ZnodeQueues, RefsThatAreShippedMeanwhileAndThoseThatTakeTooLong) {
  FakeZnodes znodes;
  const std::string path = "/hbase/replication/hfile-refs/1/";
  for (const char* name : {"a", "b"}) znodes.nodes[path + name] = "";
  const auto late = ReadRefs(&znodes, {}, Deadline::min());
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->refs.at(1).created_ms, std::nullopt);
  znodes.before_get = [&](const std::string&) { znodes.nodes.erase(path + "b"); };
  const auto refs = ReadRefs(&znodes);
  ASSERT_TRUE(refs.ok()) << refs.status();
  EXPECT_EQ(refs->count, 1u);
  ASSERT_EQ(refs->refs.size(), 1u);
}

TEST(ZnodeQueues, OfManyRefsTheFirstAreTold) {
  FakeZnodes znodes;
  znodes.nodes["/hbase/replication/hfile-refs/1"] = "";
  for (size_t i = 0; i < kMostHFileRefs + 7; ++i)
    znodes.nodes[fmt::format("/hbase/replication/hfile-refs/1/{:06}", i)] = "";
  const auto refs = ReadRefs(&znodes);
  ASSERT_TRUE(refs.ok()) << refs.status();
  EXPECT_EQ(refs->count, kMostHFileRefs + 7);
  EXPECT_EQ(refs->refs.size(), kMostHFileRefs);
}

TEST(ZnodeQueues, NoRefsAtAll) {
  FakeZnodes znodes;
  const auto refs = ReadRefs(&znodes);
  ASSERT_TRUE(refs.ok()) << refs.status();
  EXPECT_EQ(refs->count, 0u);
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

// A peer whose one server reads the first of three WALs.
class Followed : public ::testing::Test {
 protected:
  static constexpr char kWals[] = "/hbase/replication/rs/a,1,10/1/";

  Followed() {
    znodes_.nodes["/hbase/rs/a,1,10"] = "";
    znodes_.nodes["/hbase/replication/peers/1"] = Golden("znode-peer");
    znodes_.nodes["/hbase/replication/peers/1/peer-state"] = Golden("znode-peer-state");
    for (int i = 1; i <= 3; ++i) znodes_.nodes[Wal(i)] = "";
  }

  static std::string Wal(int i) { return fmt::format("{}a%2C1%2C10.170000000000{}", kWals, i); }

  QueueReading Follow() {
    StatusOr<QueueReading> reading = testing::RunCoro(queues_.Follow("1"));
    EXPECT_TRUE(reading.ok()) << reading.status();
    return reading.ok() ? *std::move(reading) : QueueReading();
  }

  // How many znodes a look reads.
  int Reads() {
    const int before = znodes_.reads;
    Follow();
    return znodes_.reads - before;
  }

  FakeZnodes znodes_;
  ZnodeQueues queues_{&znodes_, "/hbase"};
};

TEST_F(Followed, OnlyPositionsThatMoveAreReadAgain) {
  EXPECT_EQ(Follow().queues.at(0).wals.size(), 3u);
  EXPECT_EQ(Reads(), 2);
  znodes_.Put(Wal(1), Golden("znode-position"));
  const QueueReading reading = Follow();
  EXPECT_EQ(reading.queues.at(0).wals.at(0).position, 31881370u);
  EXPECT_EQ(reading.queues.at(0).wals.size(), 3u);
  EXPECT_EQ(Follow().queues.at(0).wals.at(0).position, 31881370u);
}

TEST_F(Followed, EachLookIsAsYoungAsItsCall) {
  Follow();
  const int before = znodes_.syncs;
  Follow();
  EXPECT_EQ(znodes_.syncs, before + 1);
}

TEST_F(Followed, WhatComesAndGoesIsSeen) {
  Follow();
  znodes_.Erase(Wal(1));
  EXPECT_EQ(Follow().queues.at(0).wals.size(), 2u);
  znodes_.Put(Wal(4), "");
  EXPECT_EQ(Follow().queues.at(0).wals.size(), 3u);
  znodes_.Put("/hbase/rs/b,1,11", "");
  EXPECT_EQ(Follow().live_servers.size(), 2u);
  znodes_.Put("/hbase/replication/rs/b,1,11/1/b%2C1%2C11.1700000000005", "");
  EXPECT_EQ(Follow().queues.size(), 2u);
  znodes_.Put("/hbase/replication/peers/1/peer-state", "PBUF\x08\x01");
  EXPECT_EQ(Follow().peer_enabled, false);
  EXPECT_GT(Reads(), 0);
  znodes_.Erase("/hbase/replication/peers/1/peer-state");
  znodes_.Erase("/hbase/replication/peers/1");
  EXPECT_FALSE(Follow().peer_stamp);
}

// A znode that is not there takes no watch.
TEST_F(Followed, WhatWasNeverThereIsSeenWhenItComes) {
  EXPECT_EQ(Follow().hfile_refs, 0u);
  EXPECT_EQ(Reads(), 2);
  znodes_.Put("/hbase/replication/hfile-refs/1/abc_SeqId_4_", "");
  EXPECT_EQ(Follow().hfile_refs, 1u);
  znodes_.Put("/hbase/replication/hfile-refs/1/def_SeqId_4_", "");
  EXPECT_EQ(Follow().hfile_refs, 2u);
}

TEST_F(Followed, AQueueThatIsClaimedMeanwhileIsReadAsAWhole) {
  Follow();
  bool claimed = false;
  znodes_.before_get = [&](const std::string& path) {
    if (claimed || path != Wal(2)) return;
    claimed = true;
    for (int i = 1; i <= 3; ++i) {
      znodes_.Erase(Wal(i));
      znodes_.Put(fmt::format("/hbase/replication/rs/b,1,11/1-a,1,10/a%2C1%2C10.170000000000{}", i),
                  "");
    }
  };
  const QueueReading reading = Follow();
  ASSERT_EQ(reading.queues.size(), 1u);
  EXPECT_EQ(reading.queues[0].owner.ToString(), "b,1,11");
}

TEST_F(Followed, AWalThatComesMeanwhileIsNotMissed) {
  Follow();
  znodes_.before_get = [&](const std::string& path) {
    if (path == Wal(2)) znodes_.Put(Wal(4), "");
  };
  EXPECT_EQ(Follow().queues.at(0).wals.size(), 4u);
}

// Its watches are gone with it.
TEST_F(Followed, AfterALostSessionAllIsReadAgain) {
  Follow();
  znodes_.LoseSession();
  EXPECT_GT(Reads(), 5);
  EXPECT_EQ(Reads(), 2);
}

}  // namespace
}  // namespace twinwatch::hbase
