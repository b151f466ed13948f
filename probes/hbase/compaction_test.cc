#include "probes/hbase/compaction.h"

#include <gtest/gtest.h>

namespace twinwatch::hbase {
namespace {

using Files = std::vector<std::string>;

constexpr CompactionState kIdle{};
constexpr CompactionState kMinor{true, false};
constexpr CompactionState kMajor{false, true};
constexpr CompactionState kBoth{true, true};

TEST(Compaction, IsDoneWhenNoFileIsLeft) {
  EXPECT_EQ(JudgeCompaction({"a", "b"}, kMajor, {"c"}), CompactionResult::kDone);
  EXPECT_EQ(JudgeCompaction({"a"}, kMajor, {}), CompactionResult::kDone);
  EXPECT_EQ(JudgeCompaction({"a"}, kMajor, {"b", "flushed since"}), CompactionResult::kDone);
}

TEST(Compaction, MayHaveEndedBeforeAnybodySawIt) {
  EXPECT_EQ(JudgeCompaction({"a", "b"}, kIdle, {"c"}), CompactionResult::kDone);
}

TEST(Compaction, OfNothingIsDone) {
  EXPECT_EQ(JudgeCompaction({}, kIdle, {}), CompactionResult::kDone);
  EXPECT_EQ(JudgeCompaction({}, kIdle, {"flushed since"}), CompactionResult::kDone);
}

TEST(Compaction, OfSomeFilesIsNotDone) {
  EXPECT_EQ(JudgeCompaction({"a", "b"}, kMajor, {"b", "c"}), CompactionResult::kAgain);
  EXPECT_EQ(JudgeCompaction({"a", "b"}, kIdle, {"b", "c"}), CompactionResult::kAgain);
}

TEST(Compaction, BesideAMinorOneIsNotBelieved) {
  EXPECT_EQ(JudgeCompaction({"a", "b"}, kMinor, {"c", "d"}), CompactionResult::kAgain);
  EXPECT_EQ(JudgeCompaction({"a", "b"}, kBoth, {"c"}), CompactionResult::kAgain);
}

TEST(Compaction, ThatFailedIsTriedAgain) {
  EXPECT_EQ(JudgeCompaction({"a"}, kMajor, {"a"}), CompactionResult::kAgain);
}

TEST(Compaction, IsIgnoredWhenNothingWasBegun) {
  EXPECT_EQ(JudgeCompaction({"a"}, kIdle, {"a"}), CompactionResult::kIgnored);
  EXPECT_EQ(JudgeCompaction({"a"}, kIdle, {"a", "flushed since"}), CompactionResult::kIgnored);
}

}  // namespace
}  // namespace twinwatch::hbase
