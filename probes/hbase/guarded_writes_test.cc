#include "probes/hbase/guarded_writes.h"

#include <gmock/gmock.h>

#include "probes/wire/cell_block.h"

namespace twinwatch::hbase {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kClusterId[] = "00112233-4455-6677-8899-aabbccddeeff";

GuardedWrite Put(const std::string& row, const std::string& value = "v") {
  GuardedWrite write;
  write.cell = {row, "f", "q", 1000, CellType::kPut, value};
  write.guard = {"f", "q", 1000, std::nullopt};
  return write;
}

// A batch of all that waits.
GuardedBatch BatchOf(const GuardedWork& work) {
  RegionLocation location;
  location.region_name = "t,,1.abc.";
  GuardedBatch batch(location);
  for (const size_t write : work.waiting()) batch.Add(write, work.BytesOf(write));
  return batch;
}

// One letter an action: written, guard failed, busy (a retry helps), no such family.
::hbase::pb::MultiResponse Answer(std::string_view letters) {
  ::hbase::pb::MultiResponse answer;
  for (const char letter : letters) {
    ::hbase::pb::RegionActionResult* result = answer.add_regionactionresult();
    const std::string package = "org.apache.hadoop.hbase.";
    if (letter == 'b') {
      result->mutable_exception()->set_name(package + "RegionTooBusyException");
    } else if (letter == 'n') {
      result->mutable_exception()->set_name(package + "NoSuchColumnFamilyException");
    } else {
      result->set_processed(letter == 'w');
      result->add_resultorexception()->set_index(0);
    }
  }
  return answer;
}

// The outcomes as letters: w, g; else the code's name.
std::vector<std::string> Outcomes(GuardedWork* work) {
  std::vector<std::string> outcomes;
  for (const StatusOr<GuardedOutcome>& outcome : work->TakeOutcomes()) {
    outcomes.push_back(!outcome.ok() ? absl::StatusCodeToString(outcome.status().code())
                       : *outcome == GuardedOutcome::kWritten ? "w"
                                                              : "g");
  }
  return outcomes;
}

TEST(GuardedWrites, TheOriginIsAUuid) {
  const std::string bytes = *OriginAttribute(kClusterId);
  EXPECT_EQ(bytes.substr(0, 4), std::string("\0\0\0\1", 4));
  EXPECT_EQ(bytes.substr(4),
            std::string("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16));
  for (const std::string bad :
       {"", "x", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeefff",
        "00112233445566778899aabbccddeeff----", "g0112233-4455-6677-8899-aabbccddeeff"}) {
    EXPECT_EQ(OriginAttribute(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(GuardedWrites, EachIsAnActionWithItsCondition) {
  std::vector<GuardedWrite> writes = {Put("a"), Put("b")};
  writes[0].ttl_ms = 0x0102030405;
  writes[0].guard = {"g", "other", 7, "old"};
  writes[1].cell.type = CellType::kDeleteColumn;
  writes[1].cell.value.clear();
  GuardedWork work(writes, *OriginAttribute(kClusterId));
  std::string block;
  const ::hbase::pb::MultiRequest request = work.Request(BatchOf(work), &block);
  ASSERT_EQ(request.regionaction_size(), 2);

  const ::hbase::pb::RegionAction& put = request.regionaction(0);
  EXPECT_EQ(put.region().value(), "t,,1.abc.");
  EXPECT_EQ(put.condition().row(), "a");
  EXPECT_EQ(put.condition().family(), "g");
  EXPECT_EQ(put.condition().qualifier(), "other");
  EXPECT_EQ(put.condition().compare_type(), 2);
  EXPECT_EQ(put.condition().time_range().from(), 7u);
  EXPECT_EQ(put.condition().time_range().to(), 8u);
  ::hbase::pb::BinaryComparator comparator;
  ASSERT_TRUE(comparator.ParseFromString(put.condition().comparator().serialized_comparator()));
  EXPECT_EQ(comparator.comparable().value(), "old");
  ASSERT_EQ(put.action_size(), 1);
  const ::hbase::pb::MutationProto& mutation = put.action(0).mutation();
  EXPECT_EQ(mutation.row(), "a");
  EXPECT_EQ(mutation.mutate_type(), ::hbase::pb::MutationProto::PUT);
  EXPECT_EQ(mutation.associated_cell_count(), 1);
  ASSERT_EQ(mutation.attribute_size(), 2);
  EXPECT_EQ(mutation.attribute(0).name(), "_cs.id");
  EXPECT_EQ(mutation.attribute(0).value(), *OriginAttribute(kClusterId));
  EXPECT_EQ(mutation.attribute(1).name(), "_ttl");
  EXPECT_EQ(mutation.attribute(1).value(), std::string("\0\0\0\1\2\3\4\5", 8));

  const ::hbase::pb::RegionAction& marker = request.regionaction(1);
  ASSERT_TRUE(comparator.ParseFromString(marker.condition().comparator().serialized_comparator()));
  EXPECT_TRUE(comparator.comparable().has_value());
  EXPECT_EQ(comparator.comparable().value(), "");
  EXPECT_EQ(marker.action(0).mutation().mutate_type(), ::hbase::pb::MutationProto::DELETE);
  EXPECT_EQ(marker.action(0).mutation().attribute_size(), 1);

  std::vector<CellView> cells;
  ASSERT_TRUE(wire::DecodeCellBlock(block, &cells).ok());
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(ToCell(cells[0]), writes[0].cell);
  EXPECT_EQ(ToCell(cells[1]), writes[1].cell);
}

TEST(GuardedWrites, WithoutAnOriginThereIsNoAttribute) {
  GuardedWork work({Put("a")}, "");
  std::string block;
  const ::hbase::pb::MultiRequest request = work.Request(BatchOf(work), &block);
  EXPECT_EQ(request.regionaction(0).action(0).mutation().attribute_size(), 0);
}

TEST(GuardedWrites, ACallIsBoundedAndKeepsTheOrder) {
  std::vector<GuardedWrite> writes(1000, Put("a"));
  GuardedWork many(writes, "");
  EXPECT_EQ(BatchOf(many).writes().size(), 200u);

  const std::string large(3u << 20, 'x');
  GuardedWork some({Put("a", "v"), Put("a", large), Put("a", large), Put("a", "v")}, "");
  EXPECT_THAT(BatchOf(some).writes(), ElementsAre(0, 1));

  GuardedWork one({Put("a", large + large), Put("a", "v")}, "");
  EXPECT_THAT(BatchOf(one).writes(), ElementsAre(0));

  std::vector<GuardedWrite> guarded(3, Put("a"));
  for (GuardedWrite& write : guarded) write.guard.value = large;
  EXPECT_EQ(BatchOf(GuardedWork(guarded, "")).writes().size(), 1u);
}

TEST(GuardedWrites, WhatHBaseCannotTakeIsNotSent) {
  std::vector<GuardedWrite> writes(7, Put("a"));
  writes[0].cell.timestamp_ms = kServersClock;
  writes[1].guard.timestamp_ms = kServersClock;
  writes[2].cell.timestamp_ms = UINT64_MAX;
  writes[3].cell.type = CellType::kDelete;
  writes[3].ttl_ms = 5;
  writes[4].ttl_ms = uint64_t{INT64_MAX} + 1;
  writes[5].cell.timestamp_ms = kServersClock - 1;
  writes[5].guard.timestamp_ms = kServersClock - 1;
  GuardedWork work(writes, "");
  EXPECT_THAT(work.waiting(), ElementsAre(5, 6));
  std::string block;
  EXPECT_EQ(work.Request(BatchOf(work), &block).regionaction(0).condition().time_range().to(),
            kServersClock);
  EXPECT_TRUE(work.Answered(BatchOf(work), Answer("ww")).ok());
  EXPECT_THAT(Outcomes(&work),
              ElementsAre("INVALID_ARGUMENT", "INVALID_ARGUMENT", "INVALID_ARGUMENT",
                          "INVALID_ARGUMENT", "INVALID_ARGUMENT", "w", "w"));
}

TEST(GuardedWrites, EachHasTheOutcomeOfItsAction) {
  GuardedWork work({Put("a"), Put("b"), Put("c")}, "");
  EXPECT_TRUE(work.Answered(BatchOf(work), Answer("wgn")).ok());
  EXPECT_THAT(work.waiting(), IsEmpty());
  EXPECT_THAT(Outcomes(&work), ElementsAre("w", "g", "FAILED_PRECONDITION"));
}

TEST(GuardedWrites, WhatARetryHelpsWaits) {
  GuardedWork work({Put("a"), Put("b"), Put("c")}, "");
  EXPECT_EQ(work.Answered(BatchOf(work), Answer("wbw")).code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(work.waiting(), ElementsAre(1));
  EXPECT_TRUE(work.Answered(BatchOf(work), Answer("g")).ok());
  EXPECT_THAT(Outcomes(&work), ElementsAre("w", "g", "w"));
}

TEST(GuardedWrites, OneThatWasOvertakenInItsRowIsNotSentAgain) {
  GuardedWork work({Put("a"), Put("a"), Put("b"), Put("a")}, "");
  EXPECT_EQ(work.Answered(BatchOf(work), Answer("bgbb")).code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(work.waiting(), ElementsAre(2, 3));
  EXPECT_TRUE(work.Answered(BatchOf(work), Answer("ww")).ok());
  EXPECT_THAT(Outcomes(&work), ElementsAre("UNAVAILABLE", "g", "w", "w"));
}

TEST(GuardedWrites, ACallThatFailedLeavesAllWaitingUnlessNoRetryHelps) {
  GuardedWork work({Put("a"), Put("b")}, "");
  EXPECT_FALSE(work.Failed(BatchOf(work), absl::AbortedError("lost")).ok());
  EXPECT_THAT(work.waiting(), ElementsAre(0, 1));
  EXPECT_FALSE(work.Answered(BatchOf(work), Answer("w")).ok());
  EXPECT_THAT(work.waiting(), ElementsAre(0, 1));
  EXPECT_TRUE(work.Failed(BatchOf(work), absl::PermissionDeniedError("no")).ok());
  EXPECT_THAT(Outcomes(&work), ElementsAre("PERMISSION_DENIED", "PERMISSION_DENIED"));
}

// A server of 2.3 and older does not know the condition, and would write.
TEST(GuardedWrites, AnAnswerThatDoesNotSayWhetherTheConditionHeldIsNoOutcome) {
  GuardedWork work({Put("a")}, "");
  ::hbase::pb::MultiResponse answer;
  answer.add_regionactionresult()->add_resultorexception()->set_index(0);
  EXPECT_FALSE(work.Answered(BatchOf(work), answer).ok());
  work.GiveUp(absl::UnavailableError("for too long"));
  EXPECT_THAT(Outcomes(&work), ElementsAre("UNAVAILABLE"));
}

}  // namespace
}  // namespace twinwatch::hbase
