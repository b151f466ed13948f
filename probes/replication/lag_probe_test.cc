#include "probes/replication/lag_probe.h"

#include <gtest/gtest.h>

#include "probes/replication/heartbeat_table.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/fakes/fake_wal_files.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using testing::FakeCluster;
using testing::FakeWalFiles;
using testing::RunCoro;

const ServerName kA{"a", 1, 10};
const TableName kTable = *TableName::Parse(kHeartbeatTable);
constexpr char kWal[] = "a%2C1%2C10.1700000000001";

Task<bool> LetTimePass() {
  co_await SleepFor(std::chrono::milliseconds(3));
  co_return true;
}

// A pair of one server each, whose WAL grows with each beat.
class LagProbeTest : public ::testing::Test {
 protected:
  LagProbeTest() {
    for (FakeCluster* cluster : {&source_, &target_}) {
      cluster->info.live_servers = {kA};
      EXPECT_TRUE(RunCoro(cluster->CreateTable(HeartbeatDescriptor(kTable), {})).ok());
    }
    source_.queues.peer_enabled = true;
    source_.queues.peer_stamp.emplace();
    WalQueue& queue = source_.queues.queues.emplace_back();
    queue.owner = kA;
    queue.queue_id = "1";
    queue.wals = {{kWal, 100, 0}};
    wals_.bytes[kWal] = 100;
    parts_.source = &source_;
    parts_.wals = &wals_;
    parts_.peer_id = "1";
    parts_.source_id = "id";
    parts_.heartbeat_table = kTable;
    parts_.writer_id = "w";
  }

  void Replicate() { target_.tables.at(kTable).rows = source_.tables.at(kTable).rows; }

  FakeCluster source_{"source"}, target_{"target"};
  FakeWalFiles wals_;
  LagProbeParts parts_;
};

TEST_F(LagProbeTest, ARoundProvesWhatIsShipped) {
  LagProbe probe(parts_, std::nullopt);
  const absl::Time before = absl::Now();
  ASSERT_TRUE(RunCoro(probe.Round()).ok());
  EXPECT_TRUE(probe.heartbeat_error().ok());
  EXPECT_GE(*probe.watermark().at(), before);
  EXPECT_EQ(source_.tables.at(kTable).rows.size(), 1u);
}

TEST_F(LagProbeTest, WhatIsNotShippedIsProvenByALaterLook) {
  LagProbe probe(parts_, std::nullopt);
  wals_.bytes[kWal] = 200;
  ASSERT_TRUE(RunCoro(probe.Round()).ok());
  EXPECT_EQ(probe.watermark().at(), std::nullopt);
  source_.queues.queues[0].wals[0].position = 200;
  ASSERT_TRUE(RunCoro(probe.Look()).ok());
  EXPECT_NE(probe.watermark().at(), std::nullopt);
}

TEST_F(LagProbeTest, WithoutLengthsTheBeatsOnTheTargetDo) {
  parts_.wals = nullptr;
  LagProbe probe(parts_, std::nullopt);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(RunCoro(probe.Round()).ok());
    EXPECT_TRUE(i >= 4 || !probe.watermark().at()) << i;
    Replicate();
    ASSERT_TRUE(RunCoro(probe.LookAtTarget(&target_)).ok());
    // Beats know milliseconds: the next one is to be younger than what was seen.
    RunCoro(LetTimePass());
  }
  ASSERT_TRUE(RunCoro(probe.Round()).ok());
  EXPECT_NE(probe.watermark().at(), std::nullopt);
  EXPECT_GT(probe.heartbeats().latency.sum_seconds, 0);
}

TEST_F(LagProbeTest, WithoutATableItGoesByPositionsAndAsksSeldom) {
  source_.tables.clear();
  LagProbe probe(parts_, std::nullopt);
  ASSERT_TRUE(RunCoro(probe.Round()).ok());
  ASSERT_TRUE(RunCoro(probe.Round()).ok());
  EXPECT_NE(probe.watermark().at(), std::nullopt);
  EXPECT_EQ(probe.heartbeat_error().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(probe.heartbeats().failures, 1u) << "the second round did not ask again";
}

// ZooKeeper's replication znodes are closed to us.
class ClosedProbe : public LagProbeTest {
 protected:
  ClosedProbe() {
    source_.before_read_queues = [](int) { return absl::PermissionDeniedError("closed"); };
    source_.peers.emplace_back().id = "1";
    source_.info.hbase_version = "2.6.1";
    source_.info.master = {"m", 1, 1};
    source_.loads.emplace_back().server = kA;
    source_.loads.back().peer_id = "1";
    // As an agent left it a moment ago: nobody can have died unseen.
    parts_.members.emplace();
    parts_.members->seen = absl::Now();
    parts_.members->master = source_.info.master;
    parts_.members->members[kA] = {true, true, false, absl::UnixEpoch()};
  }

  // So that the master is asked again.
  void Round(LagProbe* probe) {
    RunCoro(LetTimePass());
    const StatusOr<LinkReading> reading = RunCoro(probe->Round());
    ASSERT_TRUE(reading.ok()) << reading.status();
    EXPECT_EQ(reading->closed, "closed");
    EXPECT_TRUE(reading->queues.queues.empty());
    Replicate();
    ASSERT_TRUE(RunCoro(probe->LookAtTarget(&target_)).ok());
  }
};

TEST_F(ClosedProbe, BeatsAndTheMasterAreEnough) {
  LagProbe probe(parts_, std::nullopt);
  for (int i = 0; i < 5; ++i) Round(&probe);
  EXPECT_TRUE(probe.is_closed());
  EXPECT_TRUE(probe.GoesByBeats());
  EXPECT_NE(probe.watermark().at(), std::nullopt);
}

TEST_F(ClosedProbe, WithoutMemoryNobodyKnowsWhoDiedBefore) {
  parts_.members.reset();
  LagProbe probe(parts_, std::nullopt);
  for (int i = 0; i < 6; ++i) Round(&probe);
  EXPECT_EQ(probe.watermark().at(), std::nullopt);
  EXPECT_EQ(probe.watermark().Behind()->server, kEarlierServers);
}

TEST_F(ClosedProbe, APeerThatIsChangedAllTheTimeProvesNothing) {
  LagProbe probe(parts_, std::nullopt);
  for (uint64_t i = 0; i < 8; ++i) {
    source_.procedures->push_back({i + 1, true, false, std::nullopt});
    Round(&probe);
  }
  EXPECT_EQ(probe.watermark().at(), std::nullopt);
}

TEST_F(ClosedProbe, SeveralWalGroupsProveNothing) {
  parts_.has_wal_groups = true;
  LagProbe probe(parts_, std::nullopt);
  for (int i = 0; i < 6; ++i) Round(&probe);
  EXPECT_EQ(probe.watermark().at(), std::nullopt);
  EXPECT_NE(probe.watermark().Behind()->why.find("several WAL groups"), std::string::npos);
}

TEST_F(ClosedProbe, AServerWithoutARegionIsNamed) {
  const ServerName bare{"b", 1, 20};
  source_.info.live_servers.push_back(bare);
  source_.loads.emplace_back().server = bare;
  source_.loads.back().peer_id = "1";
  LagProbe probe(parts_, std::nullopt);
  for (int i = 0; i < 6; ++i) Round(&probe);
  EXPECT_EQ(probe.watermark().at(), std::nullopt);
  ASSERT_EQ(probe.watermark().Behind()->server, bare);
  EXPECT_NE(probe.watermark().Behind()->why.find("no region"), std::string::npos);
}

TEST_F(ClosedProbe, AMasterThatTellsNothingIsAnError) {
  source_.procedures = absl::PermissionDeniedError("ADMIN is needed");
  LagProbe probe(parts_, std::nullopt);
  const Status status = RunCoro(probe.Round()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_NE(status.message().find("closed"), std::string::npos);
  EXPECT_NE(status.message().find("ADMIN"), std::string::npos);
}

TEST_F(ClosedProbe, WhenTheQueuesAreOpenAgainPositionsCount) {
  LagProbe probe(parts_, std::nullopt);
  Round(&probe);
  source_.before_read_queues = nullptr;
  ASSERT_TRUE(RunCoro(probe.Round()).ok());
  EXPECT_FALSE(probe.is_closed());
  EXPECT_NE(probe.watermark().at(), std::nullopt);
}

TEST_F(LagProbeTest, APeerThatIsGoneIsAnError) {
  source_.queues.peer_stamp.reset();
  LagProbe probe(parts_, std::nullopt);
  EXPECT_EQ(RunCoro(probe.Round()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace twinwatch
