#include "verifier/repair/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/repair_fixture.h"

namespace twinwatch {
namespace {

using ::testing::HasSubstr;

class JournalTest : public testing::RepairTest {
 protected:
  JournaledRow SomeRow(const std::string& row) const {
    JournaledRow journaled;
    journaled.table = table();
    journaled.row = row;
    StoredCell& cell = journaled.before.emplace_back();
    cell.cell = {row,        std::string("f\0g", 3), "q",
                 UINT64_MAX, CellType::kPut,         std::string("\0", 1)};
    cell.tags = {1234, true};
    cell.seen = true;
    journaled.before.push_back({{row, "f", "", 7, CellType::kDeleteFamily, ""}, {}, false});
    GuardedWrite& write = journaled.writes.emplace_back();
    write.cell = {row, "f", "q", 5, CellType::kPut, "new"};
    write.ttl_ms = 99;
    write.guard = {"f", "q", 5, "old", false};
    GuardedWrite& removal = journaled.writes.emplace_back();
    removal.cell = {row, "f", "r", 5, CellType::kDelete, ""};
    removal.guard = {"f", "r", 5, std::nullopt, true};
    return journaled;
  }
};

TEST_F(JournalTest, HoldsARowByteForByteAlsoWhenItIsOpenedAgain) {
  JournaledRow row = SomeRow(std::string("\0\xff", 2));
  ASSERT_TRUE(OpenOrMakeJournal()->Add({row}).ok());
  const auto journal = OpenOrMakeJournal();
  EXPECT_EQ(journal->header().plan, "plan");
  const auto found = journal->Find(table(), row.row, RepairEngine::kDirect);
  ASSERT_TRUE(found.ok() && *found) << found.status();
  EXPECT_EQ((*found)->before, row.before);
  EXPECT_EQ((*found)->writes, row.writes);
  EXPECT_EQ((*found)->state, RowState::kIntended);
  EXPECT_FALSE(*journal->Find(table(), row.row, RepairEngine::kCopyTable));
}

TEST_F(JournalTest, TheFirstBeforeImageStays) {
  const auto journal = OpenOrMakeJournal();
  const JournaledRow row = SomeRow("a");
  ASSERT_TRUE(journal->Add({row}).ok());
  JournaledRow later = row;
  later.before.clear();
  ASSERT_TRUE(journal->Add({later}).ok());
  EXPECT_EQ((*journal->Find(table(), "a", RepairEngine::kDirect))->before, row.before);
  EXPECT_EQ(*journal->CountRows(), 1u);
}

TEST_F(JournalTest, RowsComeBackLastFirst) {
  const auto journal = OpenOrMakeJournal();
  ASSERT_TRUE(journal->Add({SomeRow("a"), SomeRow("b")}).ok());
  ASSERT_TRUE(journal->Add({SomeRow("c")}).ok());
  std::string order;
  for (auto row = journal->Before(INT64_MAX); row.ok() && *row; row = journal->Before((*row)->id))
    order += (*row)->row;
  EXPECT_EQ(order, "cba");
}

TEST_F(JournalTest, KeepsStatesWritesOfUndoRangesAndNotes) {
  const auto journal = OpenOrMakeJournal();
  ASSERT_TRUE(journal->Add({SomeRow("a")}).ok());
  const auto id = (*journal->Find(table(), "a", RepairEngine::kDirect))->id;
  GuardedWrite back;
  back.cell = {"a", "f", "q", 5, CellType::kDelete, ""};
  ASSERT_TRUE(journal->SetUndo({{id, {back}}}).ok());
  ASSERT_TRUE(
      journal->SetState({table(), RepairEngine::kDirect, {"a"}}, RowState::kPartly, "why").ok());
  const auto row = *journal->Find(table(), "a", RepairEngine::kDirect);
  EXPECT_EQ(row->undo, std::vector<GuardedWrite>{back});
  EXPECT_EQ(row->writes.size(), 2u);
  EXPECT_EQ(row->state, RowState::kPartly);
  EXPECT_EQ(row->why, "why");
  EXPECT_EQ(journal->Copy(3)->state, CopyState::kNone);
  ASSERT_TRUE(journal->SetCopy(3, {CopyState::kBeforeKept, "application_1", "log"}).ok());
  EXPECT_EQ(journal->Copy(3)->state, CopyState::kBeforeKept);
  EXPECT_EQ(journal->Copy(3)->job, "application_1");
  EXPECT_EQ(*journal->Noted("snapshot"), "");
  ASSERT_TRUE(journal->Note("snapshot", "s").ok());
  EXPECT_EQ(*journal->Noted("snapshot"), "s");
}

TEST_F(JournalTest, KnowsWhatAJobWroteToInARange) {
  const auto journal = OpenOrMakeJournal();
  std::vector<JournaledRow> rows;
  for (const char* key : {"d", "a", "c", "b", "e"}) {
    rows.push_back(SomeRow(key));
    rows.back().engine = RepairEngine::kCopyTable;
    rows.back().state = RowState::kWritten;
  }
  rows[1].state = RowState::kIntended;  // a: nothing was added to it
  rows[2].state = RowState::kPartly;    // c
  rows[2].why = "stripped";
  rows.push_back(SomeRow("b"));  // by the other engine
  ASSERT_TRUE(journal->Add(rows).ok());
  const auto written = journal->WrittenByCopy(table(), {"a", "e"});
  ASSERT_TRUE(written.ok()) << written.status();
  std::vector<std::string> texts;
  for (const WrittenRow& row : *written) texts.push_back(row.row + row.why);
  EXPECT_THAT(texts, ::testing::ElementsAre("b", "cstripped", "d"));
  EXPECT_EQ(journal->WrittenByCopy(table(), {"", ""})->size(), 4u);
  EXPECT_EQ(*journal->StateOf(table(), "c", RepairEngine::kCopyTable), RowState::kPartly);
  EXPECT_EQ(*journal->StateOf(table(), "c", RepairEngine::kDirect), std::nullopt);
  EXPECT_FALSE(*journal->HasUnfinishedCopy());
  ASSERT_TRUE(journal->SetCopy(0, {CopyState::kBeforeKept, "", ""}).ok());
  EXPECT_TRUE(*journal->HasUnfinishedCopy());
}

TEST_F(JournalTest, IsOneProcessesAlone) {
  const auto journal = OpenOrMakeJournal();
  const Status second = Journal::Open(JournalFile()).status();
  EXPECT_TRUE(absl::IsUnavailable(second)) << second;
  EXPECT_THAT(std::string(Text(second)), HasSubstr("locked"));
}

TEST_F(JournalTest, IsForItsOwnerAlone) {
  OpenOrMakeJournal();
  struct stat found {};
  ASSERT_EQ(stat(JournalFile().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(JournalTest, DoesNotGrowPastItsBound) {
  max_journal_bytes = 100'000;
  const auto journal = OpenOrMakeJournal();
  JournaledRow large = SomeRow("a");
  large.before[0].cell.value = std::string(1'000'000, 'x');
  const Status full = journal->Add({large});
  EXPECT_TRUE(absl::IsFailedPrecondition(full)) << full;
  EXPECT_FALSE(*journal->Find(table(), "a", RepairEngine::kDirect));
  EXPECT_TRUE(journal->Add({SomeRow("b")}).ok());
}

TEST_F(JournalTest, NorDoesOneThatIsOpenedAgain) {
  OpenOrMakeJournal().reset();
  const auto journal = Journal::Open(JournalFile(), 100'000);
  ASSERT_TRUE(journal.ok());
  JournaledRow large = SomeRow("a");
  large.before[0].cell.value = std::string(1'000'000, 'x');
  EXPECT_TRUE(absl::IsFailedPrecondition((*journal)->Add({large})));
}

TEST_F(JournalTest, OneThatWasBrokenOffBeforeItsHeaderIsBegunAnew) {
  OpenOrMakeJournal().reset();
  std::ofstream(JournalFile(), std::ios::trunc).close();
  EXPECT_TRUE(absl::IsNotFound(Journal::Open(JournalFile()).status()));
  EXPECT_TRUE(OpenOrMakeJournal()->Add({SomeRow("a")}).ok());
}

TEST_F(JournalTest, WhatIsNoneIsLeftAlone) {
  EXPECT_TRUE(absl::IsNotFound(Journal::Open(JournalFile()).status()));
  OpenOrMakeJournal().reset();
  const std::string other = JournalFile() + ".txt";
  std::ofstream(other) << "some text that is long enough to be no empty database at all";
  EXPECT_TRUE(absl::IsInvalidArgument(Journal::Open(other).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(Journal::Create(JournalFile(), {}, 1 << 20).status()));
}

}  // namespace
}  // namespace twinwatch
