#include "verifier/repair/undo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/repair_fixture.h"

namespace twinwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class UndoTest : public testing::RepairTest {
 protected:
  void ApplyAll() {
    Plan(AllRows());
    ASSERT_TRUE(Apply().ok());
  }
};

TEST_F(UndoTest, ReadersSeeWhatTheySawBefore) {
  source.Put("t", "missing", "q", 5, "v");
  source.Put("t", "value", "q", 9, "right");
  target.Put("t", "value", "q", 9, "wrong");
  source.Put("t", "newer", "q", 9, "new");
  target.Put("t", "newer", "q", 3, "old");
  const auto before = target.tables.at(table()).rows;
  ApplyAll();
  const StatusOr<UndoResult> undone = UndoAll();
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_THAT(Seen(target, "missing"), IsEmpty());
  EXPECT_EQ(Seen(target, "value").front().value, "wrong");
  EXPECT_EQ(Seen(target, "newer"), before.at("newer"));
  EXPECT_EQ(undone->markers, 2u);
  EXPECT_THAT(undone->markers_left, SizeIs(2));
}

TEST_F(UndoTest, ADryRunChangesNothing) {
  source.Put("t", "a", "q", 5, "v");
  ApplyAll();
  const auto before = target.tables.at(table()).rows;
  ASSERT_TRUE(UndoAll(false, false).ok());
  EXPECT_EQ(target.tables.at(table()).rows, before);
  EXPECT_THAT(teller.writes, SizeIs(1));
}

TEST_F(UndoTest, IsDoneOnce) {
  source.Put("t", "a", "q", 5, "v");
  ApplyAll();
  ASSERT_TRUE(UndoAll().ok());
  const StatusOr<UndoResult> again = UndoAll();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->nothing_to_do, 1u);
  EXPECT_THAT(teller.writes, IsEmpty());
}

TEST_F(UndoTest, WhatSomebodyWroteSinceStays) {
  source.Put("t", "a", "q", 5, "ours");
  source.Put("t", "b", "q", 5, "ours");
  ApplyAll();
  target.Store("t", "a", "q", 8, CellType::kPut, "theirs");
  target.Store("t", "b", "other", 8, CellType::kPut, "theirs");
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kSkipped);
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("somebody else"));
  EXPECT_THAT(Seen(target, "a"), SizeIs(2));
  // Another column than the one that apply wrote: undone, and theirs stays.
  EXPECT_EQ(teller.rows["b"].outcome, RowOutcome::kWritten);
  ASSERT_THAT(Seen(target, "b"), SizeIs(1));
  EXPECT_EQ(Seen(target, "b").front().value, "theirs");
}

TEST_F(UndoTest, CellsUnderApplysOwnMarkersComeBackByACompaction) {
  target.Put("t", "a", "q", 5, "extra");
  options.allow_deletes = true;
  ApplyAll();
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kSkipped);
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("--allow-compaction"));
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
  ASSERT_TRUE(UndoAll(true).ok());
  EXPECT_THAT(target.compacted_rows, SizeIs(1));
  ASSERT_THAT(Seen(target, "a"), SizeIs(1));
  EXPECT_EQ(Seen(target, "a").front().value, "extra");
}

TEST_F(UndoTest, AMarkerThatStaysIsSaid) {
  target.Put("t", "a", "q", 5, "extra");
  options.allow_deletes = true;
  ApplyAll();
  target.keeps_markers = true;
  ASSERT_TRUE(UndoAll(true).ok());
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("did not remove"));
}

TEST_F(UndoTest, OnceACompactionWasInVainItsRegionIsLeftAlone) {
  for (const char* row : {"a", "b", "c"}) target.Put("t", row, "q", 5, "extra");
  options.allow_deletes = true;
  ApplyAll();
  target.keeps_markers = true;
  ASSERT_TRUE(UndoAll(true).ok());
  EXPECT_THAT(target.compacted_rows, SizeIs(1));
  for (const char* row : {"a", "b", "c"})
    EXPECT_THAT(teller.rows[row].why, HasSubstr("did not remove"));
}

TEST_F(UndoTest, OneCompactionIsEnoughForTheRowsOfARegion) {
  for (const char* row : {"a", "b"}) target.Put("t", row, "q", 5, "extra");
  options.allow_deletes = true;
  ApplyAll();
  ASSERT_TRUE(UndoAll(true).ok());
  EXPECT_THAT(target.compacted_rows, SizeIs(1));
  for (const char* row : {"a", "b"}) EXPECT_THAT(Seen(target, row), SizeIs(1));
}

// Other writers, while it compacts.
TEST_F(UndoTest, ARowIsLookedAtBehindTheCompactionsOfOthers) {
  target.Put("t", "a", "q", 5, "extra");
  source.Put("t", "b", "q", 5, "ours");
  options.allow_deletes = true;
  ApplyAll();
  target.before_compaction = [this](const std::string&) {
    target.Store("t", "b", "q", 8, CellType::kPut, "theirs");
    return absl::OkStatus();
  };
  ASSERT_TRUE(UndoAll(true).ok());
  EXPECT_EQ(teller.rows["b"].outcome, RowOutcome::kSkipped);
  EXPECT_THAT(Seen(target, "b"), SizeIs(2));
}

TEST_F(UndoTest, ARowThatDoesNotStopChangingIsLeftAndTheOthersAreUndone) {
  for (const char* row : {"a", "hot", "z"}) source.Put("t", row, "q", 5, "v");
  ApplyAll();
  KeepChanging("hot");
  ASSERT_TRUE(UndoAll().ok());
  target.before_scan = nullptr;
  EXPECT_EQ(teller.rows["hot"].outcome, RowOutcome::kSkipped);
  EXPECT_THAT(teller.rows["hot"].why, HasSubstr("stop changing"));
  for (const char* row : {"a", "z"}) EXPECT_THAT(Seen(target, row), IsEmpty());
}

TEST_F(UndoTest, RowsThatApplySkippedAreNotTouched) {
  source.Put("t", "a", "q", 5, "ours");
  Plan(AllRows());
  SomebodyIsFaster("a");
  ASSERT_TRUE(Apply().ok());
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_EQ(Seen(target, "a").front().value, "theirs");
}

TEST_F(UndoTest, ARowThatWasSkippedAndIsWrittenAfterAllIsUndone) {
  source.Put("t", "a", "q", 5, "ours");
  Plan(AllRows());
  SomebodyIsFaster("a");
  ASSERT_TRUE(Apply().ok());
  ASSERT_EQ(teller.rows["a"].outcome, RowOutcome::kSkipped);
  target.tables.at(table()).rows.clear();
  // The second run ends in the middle: written, and nobody could say so.
  target.after_guarded_write = [this](const GuardedWrite&) {
    target.fails_at_row = "a";
    return absl::UnavailableError("died");
  };
  ASSERT_FALSE(Apply().ok());
  target.after_guarded_write = nullptr;
  target.fails_at_row.reset();
  ASSERT_THAT(Seen(target, "a"), SizeIs(1));
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
}

TEST_F(UndoTest, WhatOthersDidInsteadOfASkippedRowStays) {
  source.Put("t", "a", "q", 5, "ours");
  Plan(AllRows());
  SomebodyIsFaster("a");
  ASSERT_TRUE(Apply().ok());
  target.Put("t", "a", "q", 5, "ours");
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kWritten);
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Seen(target, "a"), SizeIs(1));
}

TEST_F(UndoTest, AWriteThatNobodyAnsweredAndThatCameLateIsUndone) {
  source.Put("t", "a", "q", 5, "ours");
  Plan(AllRows());
  target.before_guarded_write = [](const GuardedWrite&) { return absl::UnavailableError("slow"); };
  ASSERT_TRUE(Apply().ok());
  target.before_guarded_write = nullptr;
  EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kUnknown);
  target.Put("t", "a", "q", 5, "ours");
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
}

// The second run writes nothing, and what the first one wrote is there nevertheless.
TEST_F(UndoTest, ARowThatWasWrittenInPartAndThenNotAtAllIsUndone) {
  source.Put("t", "a", "q", 5, "ours");
  source.Put("t", "a", "r", 5, "ours");
  Plan(AllRows());
  target.before_guarded_write = [this](const GuardedWrite& write) {
    if (write.cell.qualifier == "r") target.Put("t", "a", "r", 5, "theirs");
    return absl::OkStatus();
  };
  for (int run = 0; run < 2; ++run) {
    ASSERT_TRUE(Apply().ok());
    EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kPartly);
  }
  target.before_guarded_write = nullptr;
  std::erase_if(target.tables.at(table()).rows["a"],
                [](const Cell& cell) { return cell.qualifier == "r"; });
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
}

TEST_F(UndoTest, BrokenOffAnywhereItGoesOn) {
  for (size_t broken = 0; broken < 3; ++broken) {
    std::error_code error;
    std::filesystem::remove(JournalFile(), error);
    for (auto* cluster : {&source, &target}) cluster->tables.at(table()).rows.clear();
    for (const char* row : {"a", "b", "c"}) source.Put("t", row, "q", 5, "v");
    target.Put("t", "b", "q", 5, "before");
    ApplyAll();
    size_t sent = 0;
    target.before_guarded_write = [&](const GuardedWrite&) {
      return sent++ >= broken ? absl::UnavailableError("died") : absl::OkStatus();
    };
    UndoAll().IgnoreError();
    target.before_guarded_write = nullptr;
    ASSERT_TRUE(UndoAll().ok());
    EXPECT_THAT(Seen(target, "a"), IsEmpty());
    EXPECT_EQ(Seen(target, "b").front().value, "before");
    EXPECT_THAT(Seen(target, "c"), IsEmpty());
  }
}

// The writes of an undo are in the journal before they are sent, too.
TEST_F(UndoTest, IsInTheJournal) {
  source.Put("t", "a", "q", 5, "v");
  ApplyAll();
  ASSERT_TRUE(UndoAll().ok());
  const auto row = *OpenOrMakeJournal()->Find(table(), "a", RepairEngine::kDirect);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->state, RowState::kUndone);
  ASSERT_THAT(row->undo, SizeIs(1));
  EXPECT_EQ(row->undo.front().cell.type, CellType::kDelete);
}

}  // namespace
}  // namespace twinwatch
