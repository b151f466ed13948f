#include "verifier/repair/export_undo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/repair_fixture.h"

namespace twinwatch {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class ExportUndoTest : public testing::RepairTest {
 protected:
  JournaledRow AppliedRow(const std::string& row) {
    options.allow_deletes = true;
    Plan(AllRows());
    EXPECT_TRUE(Apply().ok());
    return *std::move(*OpenOrMakeJournal()->Find(table(), row, RepairEngine::kDirect));
  }

  static CellToImport Imported(const std::string& qualifier, uint64_t timestamp_ms, CellType type,
                               const std::string& value) {
    return {{"a", "f", qualifier, timestamp_ms, type, value}, std::nullopt};
  }
};

TEST_F(ExportUndoTest, WhatWasAddedIsDeletedAndWhatWasSeenIsPutBack) {
  source.Put("t", "a", "added", 5, "v");
  source.Put("t", "a", "value", 5, "right");
  target.Put("t", "a", "value", 5, "wrong");
  target.Put("t", "a", "extra", 5, "e");
  source.Put("t", "a", "untouched", 5, "u");
  target.Put("t", "a", "untouched", 5, "u");
  EXPECT_THAT(CellsToImport(AppliedRow("a")),
              UnorderedElementsAre(Imported("added", 5, CellType::kDelete, ""),
                                   Imported("value", 5, CellType::kPut, "wrong"),
                                   Imported("extra", 5, CellType::kPut, "e")));
}

TEST_F(ExportUndoTest, EachTableHasItsFolder) {
  source.Put("t", "a", "q", 5, "v");
  AppliedRow("a");
  const std::string folder = JournalFile() + ".export";
  const auto journal = OpenOrMakeJournal();
  const auto tables = ExportUndo(journal.get(), {folder, "zk:2181:/hbase", false, absl::Now()});
  ASSERT_TRUE(tables.ok()) << tables.status();
  ASSERT_THAT(*tables, SizeIs(1));
  EXPECT_EQ(tables->front().cells, 1u);
  EXPECT_TRUE(std::filesystem::exists(tables->front().folder + "/part-m-00000"));
  EXPECT_TRUE(std::filesystem::exists(tables->front().folder + "/_README.txt"));
  const Status again =
      ExportUndo(journal.get(), {folder, "zk:2181:/hbase", false, absl::Now()}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(again)) << again;
}

TEST_F(ExportUndoTest, RowsThatWereUndoneAreNotIn) {
  source.Put("t", "a", "q", 5, "v");
  AppliedRow("a");
  ASSERT_TRUE(UndoAll().ok());
  const auto journal = OpenOrMakeJournal();
  const auto tables =
      ExportUndo(journal.get(), {JournalFile() + ".export", "zk:2181:/hbase", false, absl::Now()});
  ASSERT_TRUE(tables.ok());
  EXPECT_THAT(*tables, IsEmpty());
}

TEST_F(ExportUndoTest, WhatAnUnfinishedJobWroteIsNotLeftOutInSilence) {
  const auto journal = OpenOrMakeJournal();
  const UndoExport request{JournalFile() + ".export", "zk:2181:/hbase", false, absl::Now()};
  ASSERT_TRUE(journal->SetCopy(3, {CopyState::kBeforeKept, "job", ""}).ok());
  const Status refused = ExportUndo(journal.get(), request).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  ASSERT_TRUE(journal->SetCopy(3, {CopyState::kUndone, "job", ""}).ok());
  EXPECT_TRUE(ExportUndo(journal.get(), request).ok());
}

}  // namespace
}  // namespace twinwatch
