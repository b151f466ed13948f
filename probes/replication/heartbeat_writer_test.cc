#include "probes/replication/heartbeat_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/replication/heartbeat_reader.h"
#include "probes/replication/heartbeat_table.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using testing::FakeCluster;
using ::testing::IsEmpty;
using testing::RunCoro;

const ServerName kA{"a", 1, 10}, kB{"b", 1, 20}, kNewB{"b", 1, 21};
const TableName kTable = *TableName::Parse(kHeartbeatTable);
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class HeartbeatWriterTest : public ::testing::Test {
 protected:
  HeartbeatWriterTest() {
    for (FakeCluster* cluster : {&source_, &target_}) {
      cluster->info.live_servers = {kA, kB};
      cluster->info.cluster_id = "id";
      EXPECT_TRUE(RunCoro(cluster->CreateTable(HeartbeatDescriptor(kTable), {"80"})).ok());
    }
  }

  std::vector<ServerName>& hosts() { return source_.tables.at(kTable).hosts; }

  StatusOr<BeatRound> Beat(uint64_t sequence, absl::Time now = kNow) {
    return RunCoro(writer_.Beat(sequence, {kA, kB}, HeartbeatEpoch(), now));
  }
  StatusOr<bool> Arrived(const BeatRound& round) {
    return RunCoro(HaveArrived(&target_, kTable, round));
  }
  void Replicate() { target_.tables.at(kTable).rows = source_.tables.at(kTable).rows; }

  FakeCluster source_{"source"}, target_{"target"};
  HeartbeatWriter writer_{&source_, kTable, "id", "w"};
};

TEST_F(HeartbeatWriterTest, OneBeatForEachServerInARegionOfItsOwn) {
  const StatusOr<BeatRound> round = Beat(7);
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_THAT(round->uncovered, IsEmpty());
  EXPECT_EQ(round->beats.at(kA), "00/id/a,1,10/w");
  EXPECT_EQ(round->beats.at(kB), "80/id/b,1,20/w");
  const std::vector<Cell> cells = source_.tables.at(kTable).rows.at("00/id/a,1,10/w");
  EXPECT_EQ(cells.at(0).timestamp_ms, kServersClock);
  const StatusOr<Heartbeat> beat = ParseHeartbeat(cells.at(0).value);
  ASSERT_TRUE(beat.ok());
  EXPECT_EQ(beat->sequence, 7u);
  EXPECT_EQ(beat->sent, kNow);
  EXPECT_THAT(beat->members, ElementsAre(kA, kB));
}

TEST_F(HeartbeatWriterTest, ARoundHasArrivedWhenEachOfItsBeatsHas) {
  const BeatRound first = *Beat(1);
  EXPECT_FALSE(*Arrived(first));
  target_.tables.at(kTable).rows["00/id/a,1,10/w"] =
      source_.tables.at(kTable).rows["00/id/a,1,10/w"];
  EXPECT_FALSE(*Arrived(first));
  Replicate();
  EXPECT_TRUE(*Arrived(first));
  const BeatRound second = *Beat(2);
  EXPECT_FALSE(*Arrived(second));
  Replicate();
  EXPECT_TRUE(*Arrived(first));
  EXPECT_TRUE(*Arrived(second));
}

TEST_F(HeartbeatWriterTest, WhatIsNoBeatOnTheTargetIsAnError) {
  const BeatRound round = *Beat(1);
  Replicate();
  target_.tables.at(kTable).rows.at("80/id/b,1,20/w").at(0).value = "x";
  EXPECT_EQ(Arrived(round).status().code(), absl::StatusCode::kDataLoss);
  target_.tables.clear();
  EXPECT_EQ(Arrived(round).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(HeartbeatWriterTest, ARoundWithoutBeatsProvesNothing) {
  EXPECT_EQ(Arrived(BeatRound()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(HeartbeatWriterTest, WritersHaveRowsOfTheirOwn) {
  HeartbeatWriter other(&source_, kTable, "id", "x");
  ASSERT_TRUE(Beat(100).ok());
  const StatusOr<BeatRound> round = RunCoro(other.Beat(1, {}, HeartbeatEpoch(), kNow));
  Replicate();
  EXPECT_TRUE(*Arrived(*round));
  EXPECT_EQ(source_.tables.at(kTable).rows.size(), 4u);
}

TEST_F(HeartbeatWriterTest, AServerWithoutARegionIsNamed) {
  hosts() = {kA, kA};
  const StatusOr<BeatRound> round = Beat(1);
  ASSERT_TRUE(round.ok());
  EXPECT_THAT(round->uncovered, ElementsAre(kB));
  EXPECT_EQ(round->beats.size(), 1u);
}

TEST_F(HeartbeatWriterTest, RegionsThatMovedAreLookedForAgain) {
  ASSERT_TRUE(Beat(1).ok());
  hosts() = {kB, kA};
  const StatusOr<BeatRound> round = Beat(2);
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_EQ(round->beats.at(kA), "80/id/a,1,10/w");
  EXPECT_EQ(round->beats.at(kB), "00/id/b,1,20/w");
}

TEST_F(HeartbeatWriterTest, AServerThatLosesItsRegionIsUncovered) {
  ASSERT_TRUE(Beat(1).ok());
  hosts() = {kA, kA};
  const StatusOr<BeatRound> round = Beat(2);
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_THAT(round->uncovered, ElementsAre(kB));
}

TEST_F(HeartbeatWriterTest, TheBalancerMendsCoverage) {
  hosts() = {kA, kA};
  ASSERT_TRUE(Beat(1).ok());
  hosts() = {kA, kB};
  EXPECT_THAT(Beat(2, kNow + absl::Seconds(1))->uncovered, ElementsAre(kB));
  EXPECT_THAT(Beat(3, kNow + absl::Seconds(11))->uncovered, IsEmpty());
}

TEST_F(HeartbeatWriterTest, ANewLifeOfAServerIsAnotherServer) {
  ASSERT_TRUE(Beat(1).ok());
  source_.info.live_servers = {kA, kNewB};
  hosts() = {kA, kNewB};
  const StatusOr<BeatRound> round = Beat(2);
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_EQ(round->beats.at(kNewB), "80/id/b,1,21/w");
  EXPECT_FALSE(round->beats.contains(kB));
}

TEST_F(HeartbeatWriterTest, AServerThatDiesMeanwhileIsLeftOut) {
  source_.before_write_at = [this](const RegionLocation& where) {
    if (where.server != kB) return absl::OkStatus();
    source_.info.live_servers = {kA};
    return absl::AbortedError("connection refused");
  };
  const StatusOr<BeatRound> round = Beat(1);
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_FALSE(round->beats.contains(kB));
  EXPECT_TRUE(round->beats.contains(kA));
}

TEST_F(HeartbeatWriterTest, ALiveServerThatDoesNotTakeItsBeatIsAnError) {
  int tries = 0;
  Status answer = absl::AbortedError("not here");
  source_.before_write_at = [&](const RegionLocation& where) {
    if (where.server != kB) return absl::OkStatus();
    ++tries;
    return answer;
  };
  EXPECT_EQ(Beat(1).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(tries, 3);
  tries = 0;
  answer = absl::UnavailableError("too busy");
  EXPECT_EQ(Beat(2).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(tries, 1);
}

TEST_F(HeartbeatWriterTest, WithoutATableTheCommandIsNamed) {
  source_.tables.clear();
  const Status status = Beat(1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("twinwatch heartbeat init"));
}

TEST_F(HeartbeatWriterTest, BeatsAreReadByTheirSource) {
  ASSERT_TRUE(Beat(1).ok());
  const SeenBeats on_source = *RunCoro(ReadBeats(&source_, kTable, "id"));
  EXPECT_EQ(on_source.size(), 2u);
  EXPECT_THAT(*RunCoro(ReadBeats(&source_, kTable, "other")), IsEmpty());
  EXPECT_EQ(OnTheirWay(on_source, {}).size(), 2u);
  Replicate();
  EXPECT_THAT(OnTheirWay(on_source, *RunCoro(ReadBeats(&target_, kTable, "id"))), IsEmpty());
  ASSERT_TRUE(Beat(2, kNow + absl::Seconds(5)).ok());
  const SeenBeats later = *RunCoro(ReadBeats(&source_, kTable, "id"));
  EXPECT_EQ(OnTheirWay(later, *RunCoro(ReadBeats(&target_, kTable, "id"))).size(), 2u);
  EXPECT_EQ(NewestByServer(later).at(kB), kNow + absl::Seconds(5));
}

}  // namespace
}  // namespace twinwatch
