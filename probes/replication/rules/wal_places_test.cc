#include "probes/replication/rules/wal_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const ServerName kA{"a", 1, 10}, kB{"b", 1, 20};
constexpr char kGroup[] = "a%2C1%2C10";
constexpr char kOld[] = "a%2C1%2C10.1700000000001";
constexpr char kNew[] = "a%2C1%2C10.1700000000002";

WalFile File(uint64_t bytes) {
  WalFile file;
  file.bytes = bytes;
  file.header_bytes = 85;
  return file;
}

WalQueue Queue(const ServerName& owner, std::vector<QueuedWal> wals) {
  WalQueue queue;
  queue.owner = owner;
  queue.queue_id = "1";
  queue.wals = std::move(wals);
  return queue;
}

ServersWals OfA(const WalQueue& queue) {
  QueueReading reading;
  reading.queues = {queue};
  return WalsByWriter(reading).at(kA);
}

StatusOr<WalPlaces> Ends(const WalQueue& queue, const WalLengths& lengths) {
  return OfA(queue).Ends(lengths);
}

TEST(WalPlaces, AClaimedQueueIsTheWritersStill) {
  WalQueue claimed = Queue(kB, {{kOld, 300, 0}});
  claimed.queue_id = "1-a,1,10";
  claimed.dead_servers = {kA};
  const ServersWals wals = OfA(claimed);
  EXPECT_THAT(wals.readers, ElementsAre(Pair(kGroup, WalPlace{1700000000001, 300})));
  EXPECT_FALSE(wals.wals.at(0).is_open);
}

TEST(WalPlaces, WalsOfMetaAreNobodys) {
  QueueReading reading;
  reading.queues = {Queue(kA, {{"a%2C1%2C10.meta.1700000000001.meta", 0, 0}})};
  EXPECT_THAT(WalsByWriter(reading), IsEmpty());
}

TEST(WalPlaces, ANameThatIsNotUnderstoodIsTheOwnersAndMustLeave) {
  const WalQueue queue = Queue(kA, {{"strange", 5, 0}});
  const StatusOr<WalPlaces> ends = Ends(queue, {});
  ASSERT_TRUE(ends.ok());
  EXPECT_FALSE(HavePassed(OfA(queue).readers, *ends));
  EXPECT_TRUE(HavePassed({}, *ends));
}

TEST(WalPlaces, TheReaderIsInTheNewestWalOfWhichSomethingWasShipped) {
  EXPECT_EQ(OfA(Queue(kA, {{kOld, 7, 0}, {kNew, {}, 0}})).readers.at(kGroup),
            (WalPlace{1700000000001, 7}));
  EXPECT_EQ(OfA(Queue(kA, {{kOld, {}, 0}, {kNew, {}, 0}})).readers.at(kGroup),
            (WalPlace{1700000000001, 0}));
  EXPECT_EQ(OfA(Queue(kA, {{kOld, 7, 0}, {kNew, 3, 0}})).readers.at(kGroup),
            (WalPlace{1700000000002, 3}));
}

TEST(WalPlaces, PassedByPositionByALaterWalOrByLeaving) {
  const WalPlaces ends = {{kGroup, {1, 100}}};
  EXPECT_FALSE(HavePassed({{kGroup, {1, 99}}}, ends));
  EXPECT_TRUE(HavePassed({{kGroup, {1, 100}}}, ends));
  EXPECT_TRUE(HavePassed({{kGroup, {2, 0}}}, ends));
  EXPECT_FALSE(HavePassed({{kGroup, {0, 1000}}}, ends));
  EXPECT_TRUE(HavePassed({}, ends));
  EXPECT_TRUE(HavePassed({}, {}));
}

TEST(WalPlaces, EachGroupMustBePassed) {
  const WalPlaces ends = {{"g", {1, 100}}, {"h", {1, 100}}};
  EXPECT_FALSE(HavePassed({{"g", {1, 100}}, {"h", {1, 99}}}, ends));
  EXPECT_TRUE(HavePassed({{"g", {1, 100}}}, ends));
}

TEST(WalPlaces, TheEndIsThatOfTheNewestWalThatHoldsSomething) {
  const WalQueue queue = Queue(kA, {{kOld, 7, 0}, {kNew, {}, 0}});
  EXPECT_THAT(*Ends(queue, {{kOld, File(500)}, {kNew, File(900)}}),
              ElementsAre(Pair(kGroup, WalPlace{1700000000002, 900})));
  EXPECT_THAT(*Ends(queue, {{kOld, File(500)}, {kNew, File(85)}}),
              ElementsAre(Pair(kGroup, WalPlace{1700000000001, 500})));
  EXPECT_THAT(*Ends(queue, {{kOld, File(85)}, {kNew, File(0)}}), IsEmpty());
}

TEST(WalPlaces, WithoutTheLengthOfAnOpenWalNothingIsKnown) {
  const WalQueue queue = Queue(kA, {{kOld, 7, 0}, {kNew, {}, 0}});
  EXPECT_EQ(Ends(queue, {{kOld, File(500)}}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(
      Ends(queue, {{kOld, File(500)}, {kNew, absl::NotFoundError("nowhere")}}).status().code(),
      absl::StatusCode::kUnavailable);
}

TEST(WalPlaces, AClosedWalOfUnknownLengthMustLeave) {
  const WalQueue queue = Queue(kA, {{kOld, 7, 0}, {kNew, {}, 0}});
  const StatusOr<WalPlaces> ends = Ends(queue, {{kNew, File(85)}});
  ASSERT_TRUE(ends.ok());
  EXPECT_FALSE(HavePassed({{kGroup, {1700000000001, 1'000'000}}}, *ends));
  EXPECT_TRUE(HavePassed({{kGroup, {1700000000002, 0}}}, *ends));
}

TEST(WalPlaces, WhatCannotBeJudgedIsAnError) {
  const WalQueue queue = Queue(kA, {{kOld, 7, 0}, {kNew, {}, 0}});
  EXPECT_EQ(Ends(queue, {{kOld, File(0)}, {kNew, File(900)}}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Ends(queue, {{kOld, File(6)}, {kNew, File(900)}}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(WalPlaces, ADeadServersWalsAreClosed) {
  WalQueue queue = Queue(kA, {{kOld, 7, 0}});
  queue.owner_alive = false;
  EXPECT_THAT(OfA(queue).wals, SizeIs(1));
  EXPECT_EQ(Ends(queue, {})->at(kGroup).position, WalPlace::kItsEnd);
}

}  // namespace
}  // namespace twinwatch
