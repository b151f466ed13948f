#include "probes/replication/rules/barrier_goal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::HasSubstr;

constexpr char kWal1[] = "a%2C1%2C10.1700000000001";
constexpr char kWal2[] = "a%2C1%2C10.1700000000002";
constexpr char kDeadWal[] = "b%2C1%2C9.1700000000000";

WalQueue Queue(const std::string& owner, std::vector<QueuedWal> wals) {
  WalQueue queue;
  queue.owner = *ServerName::Parse(owner);
  queue.queue_id = "1";
  queue.wals = std::move(wals);
  return queue;
}

WalQueue Recovered(const std::string& owner, std::vector<QueuedWal> wals) {
  WalQueue queue = Queue(owner, std::move(wals));
  queue.queue_id = "1-b,1,9";
  queue.dead_servers = {*ServerName::Parse("b,1,9")};
  return queue;
}

QueueReading Reading(std::vector<WalQueue> queues) {
  QueueReading reading;
  reading.peer_ids = {"1"};
  PeerStamp stamp;
  stamp.created = 100;
  reading.peer_stamp = stamp;
  reading.peer_enabled = true;
  reading.queues = std::move(queues);
  return reading;
}

WalFile File(uint64_t bytes) {
  WalFile file;
  file.bytes = bytes;
  if (bytes >= 85) file.header_bytes = 85;
  return file;
}

using Lengths = BarrierGoal::Lengths;

BarrierGoal Set(const QueueReading& reading, const Lengths& lengths) {
  const StatusOr<BarrierGoal> goal = BarrierGoal::Set(reading, lengths);
  EXPECT_TRUE(goal.ok()) << goal.status();
  return *goal;
}

bool PassedAfter(BarrierGoal goal, const QueueReading& now) {
  EXPECT_TRUE(goal.Look(now).ok());
  return goal.Passed();
}

TEST(BarrierGoal, TheOpenWalIsPassedWhenThePositionHasReachedItsLength) {
  const BarrierGoal goal = Set(Reading({Queue("a,1,10", {{kWal1, 200, 0}})}), {{kWal1, File(900)}});
  EXPECT_FALSE(goal.Passed());
  EXPECT_THAT(goal.WaitsFor(), HasSubstr("a:1 has shipped 200 of 900 bytes"));
  EXPECT_FALSE(PassedAfter(goal, Reading({Queue("a,1,10", {{kWal1, 899, 0}})})));
  EXPECT_TRUE(PassedAfter(goal, Reading({Queue("a,1,10", {{kWal1, 900, 0}})})));
}

TEST(BarrierGoal, AWalThatLeftItsQueueIsPassed) {
  const BarrierGoal goal = Set(Reading({Queue("a,1,10", {{kWal1, 200, 0}})}), {{kWal1, File(900)}});
  EXPECT_TRUE(PassedAfter(goal, Reading({Queue("a,1,10", {{kWal2, std::nullopt, 0}})})));
}

TEST(BarrierGoal, AWalIsPassedWhenALaterOneOfItsGroupIsBeingRead) {
  const BarrierGoal goal = Set(Reading({Queue("a,1,10", {{kWal1, 200, 0}})}), {{kWal1, File(900)}});
  EXPECT_FALSE(
      PassedAfter(goal, Reading({Queue("a,1,10", {{kWal1, 800, 0}, {kWal2, std::nullopt, 0}})})));
  EXPECT_FALSE(
      PassedAfter(goal, Reading({Queue("a,1,10", {{kWal1, 800, 0}, {"c%2C1%2C1.9", 5, 0}})})));
  EXPECT_TRUE(PassedAfter(goal, Reading({Queue("a,1,10", {{kWal1, 800, 0}, {kWal2, 95, 0}})})));
}

TEST(BarrierGoal, AWalOfOnlyItsHeaderIsPassedWhereverItsPositionIs) {
  EXPECT_TRUE(
      Set(Reading({Queue("a,1,10", {{kWal1, std::nullopt, 0}})}), {{kWal1, File(85)}}).Passed());
  EXPECT_TRUE(
      Set(Reading({Queue("a,1,10", {{kWal1, std::nullopt, 0}})}), {{kWal1, File(0)}}).Passed());
  EXPECT_FALSE(
      Set(Reading({Queue("a,1,10", {{kWal1, std::nullopt, 0}})}), {{kWal1, File(86)}}).Passed());
}

TEST(BarrierGoal, EveryQueueCounts) {
  const QueueReading reading = Reading(
      {Queue("a,1,10", {{kWal1, 900, 0}}), Recovered("a,1,10", {{kDeadWal, std::nullopt, 0}})});
  const BarrierGoal goal = Set(reading, {{kWal1, File(900)}, {kDeadWal, File(300)}});
  EXPECT_FALSE(goal.Passed());
  EXPECT_TRUE(PassedAfter(goal, Reading({Queue("a,1,10", {{kWal1, 900, 0}})})));
}

TEST(BarrierGoal, AQueueThatIsClaimedMeanwhileIsFollowed) {
  QueueReading reading = Reading({Queue("b,1,9", {{kDeadWal, 10, 0}})});
  const BarrierGoal goal = Set(reading, {{kDeadWal, File(300)}});
  EXPECT_FALSE(PassedAfter(goal, Reading({Recovered("a,1,10", {{kDeadWal, 10, 0}})})));
  EXPECT_TRUE(PassedAfter(goal, Reading({Recovered("a,1,10", {{kDeadWal, 300, 0}})})));
}

TEST(BarrierGoal, APositionThatIsSetBackIsWaitedFor) {
  BarrierGoal goal = Set(Reading({Queue("a,1,10", {{kWal1, 200, 0}})}), {{kWal1, File(900)}});
  ASSERT_TRUE(goal.Look(Reading({Queue("a,1,10", {{kWal1, 0, 0}})})).ok());
  EXPECT_FALSE(goal.Passed());
}

TEST(BarrierGoal, WhatWasPassedOnceStaysPassed) {
  const QueueReading both =
      Reading({Queue("a,1,10", {{kWal1, 200, 0}}), Recovered("a,1,10", {{kDeadWal, 0, 0}})});
  BarrierGoal goal = Set(both, {{kWal1, File(900)}, {kDeadWal, File(300)}});
  ASSERT_TRUE(goal.Look(Reading({Queue("a,1,10", {{kWal1, 900, 0}}),
                                 Recovered("a,1,10", {{kDeadWal, 0, 0}})}))
                  .ok());
  // The peer was disabled and enabled: its source began anew.
  ASSERT_TRUE(goal.Look(Reading({Queue("a,1,10", {{kWal1, 0, 0}})})).ok());
  EXPECT_TRUE(goal.Passed());
}

TEST(BarrierGoal, APeerThatIsDisabledRemovedOrAnotherOneEndsIt) {
  QueueReading reading = Reading({Queue("a,1,10", {{kWal1, 200, 0}})});
  BarrierGoal goal = Set(reading, {{kWal1, File(900)}});
  QueueReading disabled = reading;
  disabled.peer_enabled = false;
  EXPECT_THAT(std::string(Text(goal.Look(disabled))), HasSubstr("disabled"));
  EXPECT_THAT(std::string(Text(BarrierGoal::Set(disabled, {}).status())), HasSubstr("disabled"));
  QueueReading removed = reading;
  removed.peer_stamp.reset();
  EXPECT_THAT(std::string(Text(goal.Look(removed))), HasSubstr("removed"));
  QueueReading another = reading;
  another.peer_stamp->created = 101;
  EXPECT_THAT(std::string(Text(goal.Look(another))), HasSubstr("added again"));
  EXPECT_EQ(goal.Look(another).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(BarrierGoal, APositionBehindTheEndMeansABrokenSource) {
  const StatusOr<BarrierGoal> goal =
      BarrierGoal::Set(Reading({Queue("a,1,10", {{kWal1, 901, 0}})}), {{kWal1, File(900)}});
  EXPECT_EQ(goal.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Text(goal.status())), HasSubstr("broken"));
}

TEST(BarrierGoal, AClosedWalOfZeroLengthCannotBeJudged) {
  const StatusOr<BarrierGoal> goal =
      BarrierGoal::Set(Reading({Queue("a,1,10", {{kWal1, std::nullopt, 0}, {kWal2, 5, 0}})}),
                       {{kWal1, File(0)}, {kWal2, File(900)}});
  EXPECT_EQ(goal.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(BarrierGoal, MetaWalsAreNotReplicated) {
  EXPECT_TRUE(
      Set(Reading({Queue("a,1,10", {{"a%2C1%2C10.meta.1700000000001.meta", 0, 0}})}), {}).Passed());
}

TEST(BarrierGoal, TheLengthOfTheOpenWalMustBeKnown) {
  const QueueReading reading = Reading({Queue("a,1,10", {{kWal1, 200, 0}})});
  EXPECT_TRUE(absl::IsUnavailable(BarrierGoal::Set(reading, {}).status()));
  EXPECT_TRUE(absl::IsUnavailable(
      BarrierGoal::Set(reading, {{kWal1, absl::UnavailableError("no DataNode")}}).status()));
  EXPECT_TRUE(absl::IsUnavailable(
      BarrierGoal::Set(reading, {{kWal1, absl::NotFoundError("not there")}}).status()));
}

TEST(BarrierGoal, AClosedWalOfUnknownLengthMustLeaveItsQueue) {
  const QueueReading reading = Reading({Queue("a,1,10", {{kWal1, 200, 0}, {kWal2, 0, 0}})});
  const BarrierGoal goal =
      Set(reading, {{kWal1, absl::NotFoundError("nowhere")}, {kWal2, File(85)}});
  EXPECT_THAT(goal.WaitsFor(), HasSubstr("still has WAL"));
  EXPECT_FALSE(PassedAfter(goal, Reading({Queue("a,1,10", {{kWal1, 9999, 0}, {kWal2, 0, 0}})})));
  EXPECT_TRUE(PassedAfter(goal, Reading({Queue("a,1,10", {{kWal2, 0, 0}})})));
}

TEST(BarrierGoal, ServersWithSeveralGroups) {
  EXPECT_FALSE(HasSeveralGroups(Reading({Queue("a,1,10", {{kWal1, 1, 0}, {kWal2, 1, 0}})})));
  const QueueReading multi =
      Reading({Queue("a,1,10", {{"a%2C1%2C10.a%2C1%2C10.regiongroup-0.1", 1, 0},
                                {"a%2C1%2C10.a%2C1%2C10.regiongroup-1.1", 1, 0}})});
  EXPECT_TRUE(HasSeveralGroups(multi));
  // Each of its groups has to be passed.
  const BarrierGoal goal = Set(
      multi, {{multi.queues[0].wals[0].name, File(90)}, {multi.queues[0].wals[1].name, File(90)}});
  QueueReading half = multi;
  half.queues[0].wals[0].position = 90;
  EXPECT_FALSE(PassedAfter(goal, half));
  half.queues[0].wals[1].position = 90;
  EXPECT_TRUE(PassedAfter(goal, half));
}

}  // namespace
}  // namespace twinwatch
