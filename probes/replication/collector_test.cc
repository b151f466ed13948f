#include "probes/replication/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::HasSubstr;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

struct FakeWalFiles : public WalFiles {
  std::map<std::string, uint64_t> bytes;
  int asked = 0;

  Task<StatusOr<uint64_t>> FreeBytes() override { co_return uint64_t{1} << 40; }
  Task<StatusOr<WalFile>> Measure(std::string wal) override {
    ++asked;
    co_await SleepFor(std::chrono::milliseconds(1));
    const auto it = bytes.find(wal);
    if (it == bytes.end()) co_return absl::UnavailableError("nn:1: no connection");
    WalFile file;
    file.bytes = it->second;
    file.header_bytes = 85;
    co_return file;
  }
};

std::string Name(int i) { return "a%2C1%2C10." + std::to_string(1700000000000 + i); }

class Collector : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.peers.emplace_back();
    cluster_.peers.back().id = "1";
    WalQueue& queue = cluster_.queues.queues.emplace_back();
    queue.owner = {"a", 1, 10};
    queue.queue_id = "1";
    for (int i = 0; i < 20; ++i) {
      queue.wals.push_back({Name(i), std::nullopt, 0});
      files_.bytes[Name(i)] = 185;
    }
  }

  LinkStatus Look(WalFiles* files) {
    const auto before = RunCoro(ReadLink(&cluster_, files, "1"));
    const auto after = RunCoro(ReadLink(&cluster_, files, "1"));
    EXPECT_TRUE(before.ok() && after.ok());
    return JudgeReadings(*before, *after, "1", absl::Seconds(1));
  }

  FakeCluster cluster_{"a:1:/hbase"};
  FakeWalFiles files_;
};

TEST_F(Collector, EveryWalOfTheQueuesIsMeasured) {
  const LinkStatus link = Look(&files_);
  EXPECT_EQ(files_.asked, 40);
  EXPECT_EQ(link.backlog_bytes, 2000u);
  EXPECT_EQ(link.queues.at(0).bytes, 2000u);
  EXPECT_EQ(link.missing_wals, std::vector<std::string>());
  EXPECT_EQ(link.lengths_unknown, std::nullopt);
}

TEST_F(Collector, OneThatCannotBeMeasuredLeavesTheSumUnknown) {
  files_.bytes.erase(Name(7));
  const LinkStatus link = Look(&files_);
  EXPECT_EQ(link.backlog_bytes, std::nullopt);
  EXPECT_EQ(link.missing_wals, std::nullopt);
  EXPECT_EQ(link.lengths_unknown, "nn:1: no connection");
  EXPECT_EQ(link.state, QueueState::kUnknown);
}

TEST_F(Collector, WithoutAnybodyToAskBytesAreUnknown) {
  const LinkStatus link = Look(nullptr);
  EXPECT_EQ(link.backlog_bytes, std::nullopt);
  EXPECT_EQ(link.missing_wals, std::nullopt);
  EXPECT_EQ(link.queues.at(0).wals, 20u);
}

TEST_F(Collector, NoSuchPeer) {
  EXPECT_EQ(RunCoro(ReadLink(&cluster_, &files_, "2")).status().code(),
            absl::StatusCode::kNotFound);
}

// ZooKeeper does not let us read the queues: what the master reports is all there is.
LinkReading Closed(bool peer_enabled) {
  LinkReading reading;
  reading.closed = "ZooKeeper does not let us read /hbase/replication/peers";
  reading.peer_enabled = peer_enabled;
  ReportedLoad load;
  load.server = {"rs1", 16020, 5};
  load.peer_id = "1";
  reading.loads = {load};
  reading.reported.emplace();
  return reading;
}

TEST(JudgeReadings, OfAClosedZooKeeperClaimNothing) {
  const LinkReading reading = Closed(true);
  const LinkStatus link = JudgeReadings(reading, reading, "1", absl::Seconds(1));
  EXPECT_EQ(link.state, QueueState::kUnknown);
  EXPECT_THAT(*link.why, HasSubstr("does not let us read"));
  EXPECT_EQ(link.queues.size(), 1u);
  EXPECT_TRUE(link.reported);
  EXPECT_FALSE(link.recovered_queues);
  EXPECT_FALSE(link.orphan_queues);
  EXPECT_FALSE(link.missing_wals);
  EXPECT_FALSE(link.hfile_refs);
  EXPECT_FALSE(link.hfiles.gone);
  EXPECT_FALSE(link.backlog_bytes);
}

TEST(JudgeReadings, OfAClosedZooKeeperTellADisabledPeer) {
  const LinkReading reading = Closed(false);
  EXPECT_EQ(JudgeReadings(reading, reading, "1", absl::Seconds(1)).state, QueueState::kDisabled);
}

}  // namespace
}  // namespace twinwatch
