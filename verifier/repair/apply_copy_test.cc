#include "verifier/repair/apply_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_copier.h"
#include "tests/support/repair_fixture.h"
#include "verifier/repair/note_copied.h"
#include "verifier/repair/read_image.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using testing::FakeCopier;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RunCoro;
using ::testing::SizeIs;

class ApplyCopyTest : public testing::RepairTest, public CopyWatcher {
 protected:
  // `a`, `b` and `c` are missing on the target, and one range copies them.
  ApplyCopyTest() {
    copier_.clusters = {{"source", &source}, {"target", &target}};
    copier = &copier_;
    for (const char* row : {"a", "b", "c"}) source.Put("t", row, "q", 5, "v");
  }

  void PlanCopy() {
    PlanRequest request;
    request.engine = RepairEngine::kCopyTable;
    Plan(AllRows(), request);
    ASSERT_THAT(plan.ranges, SizeIs(1));
    ASSERT_EQ(plan.ranges[0].engine, RepairEngine::kCopyTable);
  }

  Status Copy() {
    const std::unique_ptr<Journal> journal = OpenOrMakeJournal();
    teller = testing::RowTeller();
    also_written_.clear();
    ranges_copied_ = 0;
    CopyParts parts;
    parts.sides = {&source, &target, "id-of-source"};
    parts.copier = &copier_;
    parts.journal = journal.get();
    parts.observer = &teller;
    parts.deadline = After(std::chrono::seconds(1));
    return RunCoro(ApplyCopy(parts, 0, plan.ranges[0], this));
  }

  static std::string SeenOf(testing::FakeCluster& cluster, const std::string& row) {
    const ImageSource from{&cluster, *TableName::Parse("t"), {"f"}, 0, std::nullopt};
    return SeenDigest(*RunCoro(ReadImage(from, row)), row);
  }

  std::optional<JournaledRow> Journaled(const std::string& row) {
    return *OpenOrMakeJournal()->Find(table(), row, RepairEngine::kCopyTable);
  }

  void OnCopying(const PlannedRange&, double) override {}
  void OnCopied(const PlannedRange&) override { ++ranges_copied_; }
  void OnAlsoWritten(const PlannedRange&, std::string_view row) override {
    also_written_.emplace_back(row);
  }

  FakeCopier copier_;
  std::vector<std::string> also_written_;
  int ranges_copied_ = 0;
};

TEST_F(ApplyCopyTest, CopiesARangeOnceAndTellsOfEachRow) {
  PlanCopy();
  for (int run = 0; run < 2; ++run) {
    ASSERT_TRUE(Copy().ok());
    EXPECT_EQ(ranges_copied_, 1);
    for (const char* row : {"a", "b", "c"}) {
      EXPECT_EQ(teller.rows[row].outcome, RowOutcome::kWritten);
      EXPECT_EQ(Seen(target, row), Seen(source, row));
    }
    EXPECT_THAT(copier_.copies, SizeIs(1));
    EXPECT_THAT(also_written_, IsEmpty());
  }
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
}

TEST_F(ApplyCopyTest, CopiesBetweenTheClustersThatAreOpenNotThoseThatThePlanNames) {
  PlanCopy();
  plan.pair.source = "what the source was called then";
  ASSERT_TRUE(Copy().ok());
  ASSERT_THAT(copier_.copies, SizeIs(1));
  EXPECT_EQ(copier_.copies[0].source_key, "source");
  EXPECT_EQ(copier_.copies[0].target_key, "target");
}

TEST_F(ApplyCopyTest, ARowThatNoPlanNamesAndTheJobWroteToIsTold) {
  PlanCopy();
  source.Put("t", "b2", "q", 5, "fresh");
  for (int run = 0; run < 2; ++run) {
    ASSERT_TRUE(Copy().ok());
    EXPECT_THAT(also_written_, ElementsAre("b2"));
  }
}

// Since the plan; `c` is one of the planned rows.
TEST_F(ApplyCopyTest, ARangeInWhichACellGotItsOwnTtlIsNotCopied) {
  PlanCopy();
  source.cell_ttls_ms[{"b2", "q"}] = 10'000'000;
  source.Put("t", "b2", "q", 5, "fresh");
  ASSERT_TRUE(Copy().ok());
  EXPECT_THAT(copier_.copies, IsEmpty());
  EXPECT_EQ(ranges_copied_, 0);
  ASSERT_THAT(teller.rows, SizeIs(3));
  EXPECT_EQ(teller.rows["c"].outcome, RowOutcome::kSkipped);
  EXPECT_THAT(teller.rows["c"].why, HasSubstr("b2"));
}

TEST_F(ApplyCopyTest, NeitherIsOneWhoseCellsOnTheTargetAreSecured) {
  PlanCopy();
  target.cell_secured = {{"b2", "q"}};
  target.Put("t", "b2", "q", 5, "theirs");
  ASSERT_TRUE(Copy().ok());
  EXPECT_THAT(copier_.copies, IsEmpty());
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("ACL"));
}

TEST_F(ApplyCopyTest, ACellThatWasStrippedInTheLastMomentIsSaidAndStaysSaid) {
  PlanCopy();
  copier_.before_copy = [this] { source.cell_ttls_ms[{"b", "q"}] = 10'000'000; };
  for (int run = 0; run < 2; ++run) {
    ASSERT_TRUE(Copy().ok());
    EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kWritten);
    EXPECT_EQ(teller.rows["b"].outcome, RowOutcome::kPartly);
    EXPECT_THAT(teller.rows["b"].why, HasSubstr("TTL"));
  }
}

TEST_F(ApplyCopyTest, WhatAJobWroteThatDiedIsKnownAndTheRangeIsCopiedAgain) {
  PlanCopy();
  copier_.fate = FakeCopier::Fate::kDiesHalfWay;
  EXPECT_FALSE(Copy().ok());
  ASSERT_TRUE(Journaled("a"));
  EXPECT_EQ(Journaled("a")->state, RowState::kWritten);
  copier_.fate = FakeCopier::Fate::kDone;
  ASSERT_TRUE(Copy().ok());
  EXPECT_THAT(copier_.ended_tags, SizeIs(1));
  EXPECT_EQ(Seen(target, "c"), Seen(source, "c"));
}

TEST_F(ApplyCopyTest, WhatWasUndoneIsNotCopiedAgain) {
  PlanCopy();
  for (const auto fate : {FakeCopier::Fate::kDiesHalfWay, FakeCopier::Fate::kDone}) {
    std::error_code error;
    std::filesystem::remove(JournalFile(), error);
    target.tables.at(table()).rows.clear();
    copier_.copies.clear();
    copier_.fate = fate;
    Copy().IgnoreError();
    ASSERT_TRUE(UndoAll().ok());
    EXPECT_THAT(Seen(target, "a"), IsEmpty());
    copier_.fate = FakeCopier::Fate::kDone;
    ASSERT_TRUE(Copy().ok());
    EXPECT_THAT(copier_.copies, SizeIs(1));
    EXPECT_EQ(ranges_copied_, 0);
    EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kSkipped);
    EXPECT_EQ(teller.rows["a"].why, "it was undone");
    EXPECT_THAT(Seen(target, "a"), IsEmpty());
  }
}

// Killed in the middle: the journal does not know yet what the job wrote.
TEST_F(ApplyCopyTest, AJobThatMayNotGoOnIsEndedAndCopiesAgainLater) {
  PlanCopy();
  copier_.fate = FakeCopier::Fate::kHangs;
  copier_.before_copy = [this] { teller.stops_copies = true; };
  EXPECT_TRUE(absl::IsCancelled(Copy()));
  EXPECT_EQ(OpenOrMakeJournal()->Copy(0)->state, CopyState::kBeforeKept);
  copier_.before_copy = nullptr;
  copier_.fate = FakeCopier::Fate::kDone;
  ASSERT_TRUE(Copy().ok());
  EXPECT_THAT(Seen(target, "c"), SizeIs(1));
}

TEST_F(ApplyCopyTest, UndoFindsOutWhatAJobWroteThatWasBrokenOff) {
  PlanCopy();
  copier_.fate = FakeCopier::Fate::kMayStillRun;
  EXPECT_TRUE(absl::IsUnknown(Copy()));
  ASSERT_THAT(Seen(target, "a"), SizeIs(1));
  const StatusOr<UndoResult> dry = UndoAll(false, false);
  ASSERT_TRUE(dry.ok());
  EXPECT_THAT(dry->notes, ElementsAre(HasSubstr("not seen to end")));
  EXPECT_EQ(OpenOrMakeJournal()->Copy(0)->state, CopyState::kBeforeKept);
  // Nothing is taken back while the job may write on.
  copier_.left_over = absl::UnknownError("it still runs");
  EXPECT_TRUE(absl::IsUnknown(UndoAll().status()));
  ASSERT_THAT(Seen(target, "a"), SizeIs(1));
  copier_.left_over = absl::OkStatus();
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(copier_.running_tags, IsEmpty());
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
  EXPECT_EQ(OpenOrMakeJournal()->Copy(0)->state, CopyState::kUndone);
}

TEST_F(ApplyCopyTest, ARowThatDoesNotStopChangingKeepsOnlyItsRangeFromBeingUndone) {
  PlanCopy();
  source.Put("t", "x", "q", 5, "v");
  plan.ranges.push_back(plan.ranges[0]);
  PlannedRange& direct = plan.ranges.back();
  direct.engine = RepairEngine::kDirect;
  direct.range = OneRow("x");
  direct.drifted = {PlannedRow()};
  direct.drifted[0].row = "x";
  direct.drifted[0].source_seen = SeenOf(source, "x");
  direct.drifted[0].target_seen = SeenOf(target, "x");
  copier_.fate = FakeCopier::Fate::kMayStillRun;
  EXPECT_TRUE(absl::IsUnknown(Copy()));
  {
    const auto journal = OpenOrMakeJournal();
    DirectParts parts;
    parts.sides = {&source, &target, "id-of-source"};
    parts.table = planned_table();
    parts.journal = journal.get();
    parts.observer = &teller;
    ASSERT_TRUE(RunCoro(ApplyDirect(parts, direct)).ok());
  }
  ASSERT_THAT(Seen(target, "x"), SizeIs(1));
  KeepChanging("b");
  const StatusOr<UndoResult> undone = UndoAll();
  target.before_scan = nullptr;
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_THAT(Seen(target, "x"), IsEmpty());
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("stop changing"));
  EXPECT_EQ(OpenOrMakeJournal()->Copy(0)->state, CopyState::kBeforeKept);
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Seen(target, "a"), IsEmpty());
}

// The job ended before it came to most of the range.
TEST_F(ApplyCopyTest, OnlyAsMuchOfTheSourceIsReadAsTheJobCameTo) {
  for (int i = 0; i < 2000; ++i) source.Put("t", fmt::format("b{:04}", i), "q", 5, "v");
  PlanCopy();
  for (int i = 0; i < 2000; i += 2) target.Put("t", fmt::format("b{:04}", i), "q", 5, "v");
  copier_.fate = FakeCopier::Fate::kFails;
  EXPECT_FALSE(Copy().ok());
  target.Put("t", "b0001", "q", 5, "v");
  source.fails_at_row = "b0002";
  const auto journal = OpenOrMakeJournal();
  const ApplySides sides{&source, &target, "id-of-source"};
  ASSERT_TRUE(RunCoro(NoteWhatWasCopied(sides, plan.ranges[0], journal.get())).ok());
  ASSERT_TRUE(*journal->Find(table(), "b0001", RepairEngine::kCopyTable));
}

}  // namespace
}  // namespace twinwatch
