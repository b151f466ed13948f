#include "probes/replication/replication_barrier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/replication/heartbeat.h"
#include "probes/replication/heartbeat_table.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/fakes/fake_wal_files.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::HasSubstr;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::FakeWalFiles;
using twinwatch::testing::RunCoro;

const ServerName kA{"a", 1, 10}, kB{"b", 1, 20};
const TableName kTable = *TableName::Parse(kHeartbeatTable);
constexpr char kWalA[] = "a%2C1%2C10.1700000000001";
constexpr char kWalB[] = "b%2C1%2C20.1700000000001";

class BarrierTest : public ::testing::Test {
 protected:
  BarrierTest() {
    for (FakeCluster* cluster : {&source_, &target_}) {
      cluster->info.live_servers = {kA, kB};
      cluster->info.cluster_id = "id";
    }
    PeerStamp stamp;
    stamp.created = 100;
    source_.queues.peer_ids = {"1"};
    source_.queues.peer_stamp = stamp;
    source_.queues.peer_enabled = true;
    for (const auto& [server, wal] : {std::pair{kA, kWalA}, {kB, kWalB}}) {
      WalQueue queue;
      queue.owner = server;
      queue.queue_id = "1";
      queue.wals = {{wal, 900, 0}};
      source_.queues.queues.push_back(queue);
      wals_.bytes[wal] = 900;
    }
    parts_.source = &source_;
    parts_.target = &target_;
    parts_.wals = &wals_;
    parts_.peer.id = "1";
    parts_.heartbeat_table = kTable;
    parts_.writer_id = "w";
  }

  void AddHeartbeatTable() {
    for (FakeCluster* cluster : {&source_, &target_}) {
      ASSERT_TRUE(RunCoro(cluster->CreateTable(HeartbeatDescriptor(kTable), {"80"})).ok());
    }
  }
  void WithoutLengths() {
    parts_.wals = nullptr;
    parts_.no_wals = "a cluster key names no file system";
  }

  StatusOr<std::unique_ptr<Barrier>> Open() { return RunCoro(OpenBarrier(parts_)); }

  StatusOr<BarrierPass> Pass(std::chrono::milliseconds time = std::chrono::milliseconds(2000)) {
    StatusOr<std::unique_ptr<Barrier>> barrier = Open();
    if (!barrier.ok()) return barrier.status();
    source_.queue_reads = 0;
    return RunCoro((*barrier)->Pass(After(time)));
  }

  QueuedWal& WalOfA() { return source_.queues.queues[0].wals[0]; }
  void Replicate() { target_.tables.at(kTable).rows = source_.tables.at(kTable).rows; }

  FakeCluster source_{"source"}, target_{"target"};
  FakeWalFiles wals_;
  BarrierParts parts_;
};

using OpenBarrierTest = BarrierTest;

TEST_F(OpenBarrierTest, TheStrongestThatThereIs) {
  EXPECT_EQ((*Open())->kind(), BarrierKind::kPosition);
  AddHeartbeatTable();
  EXPECT_EQ((*Open())->kind(), BarrierKind::kPositionAndHeartbeat);
  WithoutLengths();
  EXPECT_EQ((*Open())->kind(), BarrierKind::kHeartbeats);
}

TEST_F(OpenBarrierTest, NoneWithoutLengthsAndHeartbeats) {
  WithoutLengths();
  const Status status = Open().status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("names no file system"));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("heartbeat init"));
}

TEST_F(OpenBarrierTest, AHeartbeatTableThatDoesNotTravelIsNone) {
  AddHeartbeatTable();
  WithoutLengths();
  source_.tables.at(kTable).descriptor.families[0].scope = 0;
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  source_.tables.at(kTable).descriptor.families[0].scope = 1;
  parts_.peer.replicate_all = false;
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  parts_.peer.replicate_all = true;
  target_.tables.clear();
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
}

TEST_F(OpenBarrierTest, HeartbeatsSayNothingOfSeveralWalGroups) {
  AddHeartbeatTable();
  WithoutLengths();
  source_.queues.queues[0].wals = {{"a%2C1%2C10.a%2C1%2C10.regiongroup-0.1", 1, 0},
                                   {"a%2C1%2C10.a%2C1%2C10.regiongroup-1.1", 1, 0}};
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
}

using PositionBarrierTest = BarrierTest;

TEST_F(PositionBarrierTest, PassesWhenEveryQueueHas) {
  wals_.bytes[kWalA] = 1000;
  source_.before_read_queues = [this](int read) {
    if (read == 4) WalOfA().position = 1000;
    return absl::OkStatus();
  };
  const StatusOr<BarrierPass> pass = Pass();
  ASSERT_TRUE(pass.ok()) << pass.status();
  EXPECT_EQ(pass->kind, BarrierKind::kPosition);
  EXPECT_GE(source_.queue_reads, 4);
  EXPECT_GT(pass->passed, pass->begun);
}

TEST_F(PositionBarrierTest, SaysWhatHeldItBack) {
  wals_.bytes[kWalA] = 1000;
  const Status status = Pass(std::chrono::milliseconds(100)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("a:1 has shipped 900 of 1000 bytes"));
}

TEST_F(PositionBarrierTest, AReadingThatFailsIsReadAgain) {
  wals_.bytes[kWalA] = 1000;
  source_.before_read_queues = [this](int read) -> Status {
    if (read == 2) return absl::UnavailableError("no ZooKeeper");
    if (read == 3) WalOfA().position = 1000;
    return absl::OkStatus();
  };
  EXPECT_TRUE(Pass().ok());
}

TEST_F(PositionBarrierTest, APeerThatIsDisabledMeanwhileEndsItAtOnce) {
  wals_.bytes[kWalA] = 1000;
  source_.before_read_queues = [this](int read) {
    if (read == 3) source_.queues.peer_enabled = false;
    return absl::OkStatus();
  };
  const auto begun = std::chrono::steady_clock::now();
  const Status status = Pass(std::chrono::minutes(1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Text(status)), HasSubstr("peer 1 of source: the peer is disabled"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

TEST_F(PositionBarrierTest, EndsWhenNobodyWantsToKnowAnyMore) {
  wals_.bytes[kWalA] = 1000;
  int reads = 0;
  source_.before_read_queues = [&reads](int read) {
    reads = read;
    return absl::OkStatus();
  };
  parts_.given_up = [&reads] { return reads >= 3; };
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(Pass(std::chrono::minutes(1)).status().code(), absl::StatusCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(PositionBarrierTest, ALengthThatCannotBeReadYetIsAskedForAgain) {
  wals_.bytes.erase(kWalB);
  source_.before_read_queues = [this](int read) {
    if (read == 2) wals_.bytes[kWalB] = 900;
    return absl::OkStatus();
  };
  EXPECT_TRUE(Pass().ok());
}

TEST_F(PositionBarrierTest, ABeatGoesToEachServerBeforeLengthsAreRead) {
  AddHeartbeatTable();
  int beats_before_measure = 0;
  source_.before_write_at = [&](const RegionLocation&) {
    if (wals_.measured <= 1) ++beats_before_measure;  // one was measured to see whether it works
    return absl::OkStatus();
  };
  const StatusOr<BarrierPass> pass = Pass();
  ASSERT_TRUE(pass.ok()) << pass.status();
  EXPECT_EQ(pass->kind, BarrierKind::kPositionAndHeartbeat);
  EXPECT_EQ(beats_before_measure, 2);
}

TEST_F(PositionBarrierTest, BeatsGoOnWhileItWaits) {
  AddHeartbeatTable();
  wals_.bytes[kWalA] = 1000;
  int beats = 0;
  source_.before_write_at = [&](const RegionLocation&) {
    // An ASYNC_WAL writer's bytes are synced by the second round only.
    if (++beats == 4) WalOfA().position = 1000;
    return absl::OkStatus();
  };
  EXPECT_TRUE(Pass(std::chrono::milliseconds(5000)).ok());
  EXPECT_EQ(beats, 4);
}

TEST_F(PositionBarrierTest, WithAServerThatNoBeatReachedItIsPlainPosition) {
  AddHeartbeatTable();
  source_.tables.at(kTable).hosts = {kA, kA};
  EXPECT_EQ(Pass()->kind, BarrierKind::kPosition);
}

TEST_F(PositionBarrierTest, WithSeveralWalGroupsItIsPlainPosition) {
  AddHeartbeatTable();
  source_.queues.queues[0].wals = {{"a%2C1%2C10.a%2C1%2C10.regiongroup-0.1", 900, 0},
                                   {"a%2C1%2C10.a%2C1%2C10.regiongroup-1.1", 900, 0}};
  for (const QueuedWal& wal : source_.queues.queues[0].wals) wals_.bytes[wal.name] = 900;
  EXPECT_EQ(Pass()->kind, BarrierKind::kPosition);
}

class HeartbeatsBarrierTest : public BarrierTest {
 protected:
  HeartbeatsBarrierTest() {
    AddHeartbeatTable();
    WithoutLengths();
  }

  uint64_t BeatOfA() const {
    const auto& rows = source_.tables.at(kTable).rows;
    const auto it = rows.find("00/id/a,1,10/w");
    return it == rows.end() ? 0 : ParseHeartbeat(it->second.at(0).value)->sequence;
  }
};

TEST_F(HeartbeatsBarrierTest, PassesWhenASecondRoundHasCome) {
  uint64_t first = 0;
  source_.before_read_queues = [&](int) {
    if (first == 0) first = BeatOfA();
    Replicate();
    return absl::OkStatus();
  };
  const StatusOr<BarrierPass> pass = Pass();
  ASSERT_TRUE(pass.ok()) << pass.status();
  EXPECT_EQ(pass->kind, BarrierKind::kHeartbeats);
  EXPECT_EQ(BeatOfA(), first + 1);
}

TEST_F(HeartbeatsBarrierTest, OneRoundIsNotEnough) {
  source_.before_read_queues = [&, first = uint64_t{0}](int) mutable {
    if (first == 0) first = BeatOfA();
    if (BeatOfA() == first) Replicate();
    return absl::OkStatus();
  };
  const Status status = Pass(std::chrono::milliseconds(700)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("second round"));
}

// What makes sources begin anew, while the rounds are under way: it must begin again.
TEST_F(HeartbeatsBarrierTest, BeginsAnewWhenSourcesMayHave) {
  const std::pair<const char*, std::function<void()>> changes[] = {
      {"a server was started again", [this] { source_.info.live_servers[1].start_code = 21; }},
      {"the peer's configuration changed", [this] { source_.queues.peer_stamp->config = 7; }},
      {"the peer was disabled and enabled", [this] { source_.queues.peer_stamp->state = 7; }},
      {"a queue went", [this] { source_.queues.queues.pop_back(); }},
      {"a position went back", [this] { WalOfA().position = 10; }},
  };
  for (const auto& [what, change] : changes) {
    const QueueReading queues = source_.queues;
    const ClusterInfo info = source_.info;
    uint64_t first = 0;
    bool changed = false;
    source_.before_read_queues = [&](int) {
      if (first == 0) first = BeatOfA();
      if (!changed && first != 0 && BeatOfA() == first + 1) {
        changed = true;
        change();
        source_.tables.at(kTable).hosts = source_.info.live_servers;
      }
      Replicate();
      return absl::OkStatus();
    };
    source_.tables.at(kTable).rows.clear();
    EXPECT_TRUE(Pass(std::chrono::milliseconds(5000)).ok()) << what;
    EXPECT_GE(BeatOfA(), first + 3) << what;
    source_.queues = queues;
    source_.info = info;
    source_.tables.at(kTable).hosts = info.live_servers;
  }
}

TEST_F(HeartbeatsBarrierTest, WaitsForWhatDeadServersLeft) {
  WalQueue recovered;
  recovered.owner = kA;
  recovered.queue_id = "1-c,1,9";
  recovered.dead_servers = {{"c", 1, 9}};
  recovered.wals = {{"c%2C1%2C9.1700000000000", 5, 0}};
  source_.queues.queues.push_back(recovered);
  source_.before_read_queues = [this](int) {
    Replicate();
    return absl::OkStatus();
  };
  const Status status = Pass(std::chrono::milliseconds(300)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("dead region server"));
  EXPECT_EQ(BeatOfA(), 0u);
  source_.queues.queues.pop_back();
  EXPECT_TRUE(Pass().ok());
}

TEST_F(HeartbeatsBarrierTest, AServerWithoutARegionOfTheTableProvesNothing) {
  source_.tables.at(kTable).hosts = {kA, kA};
  const Status status = Pass().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Text(status)), HasSubstr("b:1 has no region"));
}

TEST_F(HeartbeatsBarrierTest, ADisabledPeerIsKnownAtOnce) {
  source_.queues.peer_enabled = false;
  EXPECT_EQ(Pass(std::chrono::minutes(1)).status().code(), absl::StatusCode::kFailedPrecondition);
}

// ZooKeeper does not show us the queues, as on secured clusters.
class ClosedBarrierTest : public HeartbeatsBarrierTest {
 protected:
  ClosedBarrierTest() {
    source_.before_read_queues = [](int) {
      return absl::PermissionDeniedError("ZooKeeper does not let us read /hbase/replication");
    };
    source_.info.hbase_version = "2.6.1";
    source_.info.master = {"m", 1, 1};
    source_.peers.resize(1);
    source_.peers[0].id = "1";
    source_.peers[0].enabled = true;
    parts_.members.emplace();
    parts_.members->seen = absl::Now();
    parts_.members->master = source_.info.master;
    for (const ServerName& server : source_.info.live_servers)
      parts_.members->members[server].is_shown = true;
    Always([] {});
  }

  // Between all looks; what the source has is on the target then.
  void Always(std::function<void()> what) {
    parts_.given_up = [this, what = std::move(what)] {
      what();
      Replicate();
      return false;
    };
  }
};

TEST_F(ClosedBarrierTest, PassesWhenASecondRoundHasCome) {
  EXPECT_EQ((*Open())->kind(), BarrierKind::kHeartbeats);
  uint64_t first = 0;
  Always([&] {
    if (first == 0) first = BeatOfA();
  });
  const StatusOr<BarrierPass> pass = Pass();
  ASSERT_TRUE(pass.ok()) << pass.status();
  EXPECT_EQ(pass->kind, BarrierKind::kHeartbeats);
  EXPECT_EQ(BeatOfA(), first + 1);
}

TEST_F(ClosedBarrierTest, BeginsAnewWhenTheMasterHasChangedThePeerOrAServerCame) {
  const std::pair<const char*, std::function<void()>> changes[] = {
      {"the peer was disabled and enabled",
       [this] {
         source_.procedures->push_back({7, true});
       }},
      {"the peer's configuration changed", [this] { source_.peers[0].endpoint = "other"; }},
      {"a server came",
       [this] {
         source_.info.live_servers.push_back({"c", 1, 30});
         source_.tables.at(kTable).borders = {"40", "80"};
       }},
  };
  for (const auto& [what, change] : changes) {
    uint64_t first = 0;
    bool changed = false;
    Always([&, change = change] {
      if (first == 0) first = BeatOfA();
      if (changed || first == 0 || BeatOfA() != first + 1) return;
      changed = true;
      change();
      source_.tables.at(kTable).hosts = source_.info.live_servers;
    });
    source_.tables.at(kTable).rows.clear();
    const Status status = Pass(std::chrono::milliseconds(5000)).status();
    EXPECT_TRUE(status.ok()) << what << status;
    EXPECT_GE(BeatOfA(), first + 3) << what;
  }
}

TEST_F(ClosedBarrierTest, WaitsForServersThatMayHaveLeftSomething) {
  parts_.members.reset();
  Status status = Pass(std::chrono::milliseconds(300)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("servers may have died unseen"));
  EXPECT_EQ(BeatOfA(), 0u);
  parts_.members.emplace();
  parts_.members->seen = absl::Now();
  parts_.members->master = source_.info.master;
  for (const ServerName& server : {kA, kB, ServerName{"c", 1, 5}})
    parts_.members->members[server].is_shown = true;
  status = Pass(std::chrono::milliseconds(300)).status();
  EXPECT_THAT(std::string(Text(status)), HasSubstr("it is dead"));
  EXPECT_EQ(BeatOfA(), 0u);
}

TEST_F(ClosedBarrierTest, AServerThatDiesMeanwhileVoidsIt) {
  Always([this] {
    if (BeatOfA() != 0) source_.info.live_servers = {kA};
  });
  const Status status = Pass(std::chrono::milliseconds(700)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("it is dead"));
}

TEST_F(ClosedBarrierTest, AServerThatBeganAndDiedMeanwhileVoidsIt) {
  uint64_t first = 0;
  Always([&] {
    if (first == 0) first = BeatOfA();
    if (first != 0 && BeatOfA() == first + 1) source_.info.dead_servers = {{"z", 1, 99}};
  });
  const Status status = Pass(std::chrono::milliseconds(900)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("it is dead"));
}

TEST_F(ClosedBarrierTest, NoneWhereHeartbeatsProveNothing) {
  parts_.has_wal_groups = true;
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  parts_.has_wal_groups = false;
  target_.tables.clear();
  const Status status = Open().status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("heartbeat init"));
}

TEST_F(ClosedBarrierTest, NoneWhereTheMasterDoesNotTell) {
  source_.procedures = absl::PermissionDeniedError("ADMIN is wanted");
  const Status status = Open().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("ADMIN is wanted"));
}

TEST_F(ClosedBarrierTest, ADisabledPeerIsKnownAtOnce) {
  source_.peers[0].enabled = false;
  EXPECT_EQ(Pass(std::chrono::minutes(1)).status().code(), absl::StatusCode::kFailedPrecondition);
  source_.peers.clear();
  EXPECT_EQ(Pass(std::chrono::minutes(1)).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace twinwatch
