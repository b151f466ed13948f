#include "verifier/repair/apply_direct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/repair_fixture.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ApplyDirectTest : public testing::RepairTest {};

TEST_F(ApplyDirectTest, MakesAReaderOfTheTargetSeeWhatTheSourceShows) {
  source.Put("t", "a", "q", 5, "v");
  source.Put("t", "b", "q", 9, "right");
  target.Put("t", "b", "q", 9, "wrong");
  Plan(AllRows());
  ASSERT_TRUE(Apply().ok());
  for (const char* row : {"a", "b"}) {
    EXPECT_EQ(Seen(target, row), Seen(source, row));
    EXPECT_EQ(teller.rows[row].outcome, RowOutcome::kWritten);
  }
  EXPECT_GT(teller.paced, 0u);
  for (const auto& [write, origin] : target.guarded_writes) EXPECT_EQ(origin, "id-of-source");
}

TEST_F(ApplyDirectTest, ADryRunListsExactlyWhatIsWrittenAndWritesNothing) {
  source.Put("t", "a", "q", 5, "v");
  target.Put("t", "a", "extra", 7, "x");
  options.allow_deletes = true;
  Plan(AllRows());
  const auto before = target.tables.at(table()).rows;
  ASSERT_TRUE(Apply(false).ok());
  const std::vector<GuardedWrite> listed = teller.writes;
  EXPECT_EQ(target.tables.at(table()).rows, before);
  EXPECT_THAT(target.guarded_writes, IsEmpty());
  ASSERT_TRUE(Apply().ok());
  ASSERT_THAT(target.guarded_writes, SizeIs(listed.size()));
  for (size_t i = 0; i < listed.size(); ++i) EXPECT_EQ(target.guarded_writes[i].first, listed[i]);
}

TEST_F(ApplyDirectTest, IsInTheJournalBeforeItIsSent) {
  source.Put("t", "a", "q", 5, "v");
  target.Put("t", "a", "q", 5, "old");
  Plan(AllRows());
  bool known = false;
  target.before_guarded_write = [&](const GuardedWrite& write) {
    // Another process sees nothing of a transaction that is not on disk; it is locked out here, so
    // the file's own bytes are looked at.
    std::FILE* file = std::fopen(JournalFile().c_str(), "r");
    std::string bytes(1 << 20, '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    std::fclose(file);
    known =
        bytes.find("old") != std::string::npos && bytes.find(write.cell.value) != std::string::npos;
    return absl::OkStatus();
  };
  source.tables.at(table()).rows["a"][0].value = "value-that-is-put";
  Plan(AllRows());
  ASSERT_TRUE(Apply().ok());
  EXPECT_TRUE(known);
}

// Where something changes after the plan.
enum class Changed { kSource, kTarget, kHiddenOnTarget };

class ChangedRow : public ApplyDirectTest, public ::testing::WithParamInterface<Changed> {
 protected:
  void MakeTheChange() {
    if (GetParam() == Changed::kSource) return source.Put("t", "a", "q", 6, "w");
    if (GetParam() == Changed::kTarget) return target.Put("t", "a", "q", 6, "w");
    // A reader does not see this one, and it is not in the before-image.
    target.tables.at(table()).descriptor.families[0].attributes["VERSIONS"] = "1";
    target.Store("t", "a", "old", 3, CellType::kPut, "w");
  }
};

TEST_P(ChangedRow, IsSkippedAndSaid) {
  source.Put("t", "a", "q", 5, "v");
  target.Store("t", "a", "old", 9, CellType::kPut, "kept");
  source.Store("t", "a", "old", 9, CellType::kPut, "kept");
  Plan(AllRows());
  MakeTheChange();
  const auto before = target.tables.at(table()).rows;
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(target.tables.at(table()).rows, before);
  EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kSkipped);
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("since the plan"));
}

INSTANTIATE_TEST_SUITE_P(Since, ChangedRow,
                         ::testing::Values(Changed::kSource, Changed::kTarget,
                                           Changed::kHiddenOnTarget));

TEST_F(ApplyDirectTest, WhatACompactionThrewAwayIsNoChange) {
  source.Put("t", "a", "q", 5, "v");
  target.Store("t", "a", "r", 3, CellType::kPut, "gone");
  target.Store("t", "a", "r", 3, CellType::kDelete);
  Plan(AllRows());
  target.tables.at(table()).rows["a"].clear();
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(Seen(target, "a"), Seen(source, "a"));
}

TEST_F(ApplyDirectTest, NothingIsRemovedWithoutABarrier) {
  target.Put("t", "a", "q", 5, "extra");
  source.Put("t", "b", "q", 5, "v");
  options.allow_deletes = true;
  Plan(AllRows());
  no_deletes = "the barrier did not come";
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(teller.rows["a"].why, "the barrier did not come");
  EXPECT_THAT(Seen(target, "a"), SizeIs(1));
  EXPECT_EQ(teller.rows["b"].outcome, RowOutcome::kWritten);
}

// The source showed and stored both versions when it was planned, and has thrown one away since.
TEST_F(ApplyDirectTest, WhatWasNotPlannedToBeRemovedIsNot) {
  source.tables.at(table()).descriptor.families[0].attributes["VERSIONS"] = "1";
  for (testing::FakeCluster* cluster : {&source, &target}) {
    cluster->Store("t", "a", "q", 9, CellType::kPut, "new");
    cluster->Store("t", "a", "q", 5, CellType::kPut, "old");
  }
  source.Put("t", "a", "r", 5, "missing");
  options.allow_deletes = true;
  Plan(AllRows(true));
  ASSERT_THAT(plan.ranges, SizeIs(1));
  ASSERT_FALSE(plan.ranges[0].drifted[0].deletes);
  std::erase_if(source.tables.at(table()).rows["a"],
                [](const Cell& cell) { return cell.value == "old"; });
  ASSERT_TRUE(Apply().ok());
  EXPECT_THAT(target.guarded_writes, IsEmpty());
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("removal"));
}

TEST_F(ApplyDirectTest, MarkersAreCompactedAwayBeforeAPut) {
  source.Put("t", "a", "q", 5, "v");
  target.Store("t", "a", "q", 8, CellType::kDeleteColumn);
  options.allow_compaction = true;
  Plan(AllRows());
  ASSERT_TRUE(Apply().ok());
  EXPECT_THAT(target.compacted_rows, SizeIs(1));
  EXPECT_EQ(Seen(target, "a"), Seen(source, "a"));
}

TEST_F(ApplyDirectTest, AMarkerThatStaysIsSaidAndNothingIsPutUnderIt) {
  source.Put("t", "a", "q", 5, "v");
  target.Store("t", "a", "q", 8, CellType::kDeleteColumn);
  target.keeps_markers = true;
  options.allow_compaction = true;
  Plan(AllRows());
  ASSERT_TRUE(Apply().ok());
  EXPECT_THAT(target.guarded_writes, IsEmpty());
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("KEEP_DELETED_CELLS"));
}

TEST_F(ApplyDirectTest, OnceACompactionWasInVainItsRegionIsLeftAlone) {
  target.tables.at(table()).borders = {"m"};
  for (const char* row : {"a", "b", "c", "x", "y"}) {
    source.Put("t", row, "q", 5, "v");
    target.Store("t", row, "q", 8, CellType::kDeleteColumn);
  }
  target.keeps_markers = true;
  options.allow_compaction = true;
  Plan(AllRows());
  ASSERT_THAT(plan.ranges, SizeIs(1));
  ASSERT_TRUE(Apply().ok());
  EXPECT_THAT(target.compacted_rows, ElementsAre("a", "x"));
  for (const char* row : {"a", "b", "c", "x", "y"})
    EXPECT_THAT(teller.rows[row].why, HasSubstr("did not remove"));
}

TEST_F(ApplyDirectTest, OneCompactionIsEnoughForTheRowsOfARegion) {
  for (const char* row : {"a", "b"}) {
    source.Put("t", row, "q", 5, "v");
    target.Store("t", row, "q", 8, CellType::kDeleteColumn);
  }
  options.allow_compaction = true;
  Plan(AllRows());
  ASSERT_TRUE(Apply().ok());
  EXPECT_THAT(target.compacted_rows, ElementsAre("a"));
  EXPECT_EQ(Seen(target, "b"), Seen(source, "b"));
}

TEST_F(ApplyDirectTest, ARowThatDoesNotStopChangingIsSkippedAndTheOthersAreWritten) {
  for (const char* row : {"a", "hot", "z"}) source.Put("t", row, "q", 5, "v");
  Plan(AllRows());
  KeepChanging("hot");
  ASSERT_TRUE(Apply().ok());
  target.before_scan = nullptr;
  EXPECT_EQ(teller.rows["hot"].outcome, RowOutcome::kSkipped);
  EXPECT_THAT(teller.rows["hot"].why, HasSubstr("stop changing"));
  for (const char* row : {"a", "z"}) EXPECT_EQ(Seen(target, row), Seen(source, row));
}

// What became of it was not answered, and it cannot be read either.
TEST_F(ApplyDirectTest, ARowThatCannotBeReadAfterItsWriteIsInDoubtAndTheOthersAreWritten) {
  for (const char* row : {"a", "hot", "z"}) source.Put("t", row, "q", 5, "v");
  Plan(AllRows());
  target.after_guarded_write = [this](const GuardedWrite& write) {
    if (write.cell.row != "hot") return absl::OkStatus();
    KeepChanging("hot");
    return absl::UnavailableError("died");
  };
  ASSERT_TRUE(Apply().ok());
  target.before_scan = nullptr;
  target.after_guarded_write = nullptr;
  EXPECT_EQ(teller.rows["hot"].outcome, RowOutcome::kUnknown);
  EXPECT_EQ(teller.rows["z"].outcome, RowOutcome::kWritten);
  EXPECT_EQ((*OpenOrMakeJournal()->Find(table(), "hot", RepairEngine::kDirect))->state,
            RowState::kIntended);
}

TEST_F(ApplyDirectTest, WhatSomebodyWritesInTheSameMomentStays) {
  source.Put("t", "a", "q", 5, "ours");
  Plan(AllRows());
  SomebodyIsFaster("a");
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(Seen(target, "a").front().value, "theirs");
  EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kSkipped);
}

TEST_F(ApplyDirectTest, AnAnswerThatWasLostIsFoundOut) {
  source.Put("t", "a", "q", 5, "v");
  Plan(AllRows());
  target.loses_answers_of = {"a"};
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(teller.rows["a"].outcome, RowOutcome::kWritten);
}

TEST_F(ApplyDirectTest, EndsBetweenTwoBatchesWhenItIsGivenUp) {
  source.Put("t", "a", "q", 5, "v");
  Plan(AllRows());
  const auto journal = OpenOrMakeJournal();
  DirectParts parts;
  parts.sides = {&source, &target, ""};
  parts.table = planned_table();
  parts.journal = journal.get();
  parts.observer = &teller;
  teller.given_up = true;
  EXPECT_TRUE(absl::IsCancelled(testing::RunCoro(ApplyDirect(parts, plan.ranges[0]))));
  EXPECT_THAT(target.guarded_writes, IsEmpty());
}

TEST_F(ApplyDirectTest, WhatIsGivenUpWhileItWaitsIsNotOursToUndo) {
  source.Put("t", "a", "q", 5, "v");
  Plan(AllRows());
  on_pace = [this] { teller.given_up = true; };
  EXPECT_TRUE(absl::IsCancelled(Apply()));
  // Replication, or another plan, brings the very cell.
  target.Put("t", "a", "q", 5, "v");
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Seen(target, "a"), SizeIs(1));
}

TEST_F(ApplyDirectTest, WhatGoesOnTheSourceWhileItWaitsIsNotPut) {
  source.Put("t", "a", "q", 5, "v");
  Plan(AllRows());
  on_pace = [this] { source.tables.at(table()).rows.clear(); };
  ASSERT_TRUE(Apply().ok());
  EXPECT_THAT(target.guarded_writes, IsEmpty());
  EXPECT_THAT(teller.rows["a"].why, HasSubstr("changed on the source"));
}

TEST_F(ApplyDirectTest, WhatIsWrittenAlreadyIsNotPaidForAgain) {
  source.Put("t", "a", "q", 5, "v");
  Plan(AllRows());
  ASSERT_TRUE(Apply().ok());
  EXPECT_GT(teller.paced, 0u);
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(teller.paced, 0u);
}

// Rows of every kind, by chance; timestamps are few, so that they meet.
class RandomRows {
 public:
  explicit RandomRows(uint32_t seed) : random_(seed) {}

  uint32_t Below(uint32_t limit) { return random_() % limit; }

  void Fill(testing::FakeCluster* source, testing::FakeCluster* target, int rows) {
    for (int i = 0; i < rows; ++i) {
      const std::string row = fmt::format("row{:02}", i);
      for (uint32_t cells = Below(5); cells > 0; --cells) Store(row, source, target);
    }
  }

 private:
  void Store(const std::string& row, testing::FakeCluster* source, testing::FakeCluster* target) {
    const std::string qualifier(1, static_cast<char>('q' + Below(2)));
    const uint64_t timestamp = 1 + Below(5);
    CellType type = CellType::kPut;
    if (Below(4) == 0) {
      constexpr CellType kMarkers[] = {CellType::kDelete, CellType::kDeleteColumn,
                                       CellType::kDeleteFamily};
      type = kMarkers[Below(3)];
    }
    const std::string value = type == CellType::kPut ? fmt::format("v{}", Below(3)) : "";
    const std::string of = type == CellType::kDeleteFamily ? "" : qualifier;
    const uint32_t sides = Below(3);
    if (sides != 0) StoreOnce(source, row, of, timestamp, type, value);
    if (sides != 1) StoreOnce(target, row, of, timestamp, type, value);
  }

  // A put over a put of the same timestamp takes its place, as it does in HBase to a reader.
  static void StoreOnce(testing::FakeCluster* cluster, const std::string& row,
                        const std::string& qualifier, uint64_t timestamp, CellType type,
                        const std::string& value) {
    auto& cells = cluster->tables.at(*TableName::Parse("t")).rows[row];
    std::erase_if(cells, [&](const Cell& cell) {
      return cell.qualifier == qualifier && cell.timestamp_ms == timestamp && cell.type == type;
    });
    cluster->Store("t", row, qualifier, timestamp, type, value);
  }

  std::mt19937 random_;
};

class RandomRepair : public ApplyDirectTest {
 protected:
  void Begin(uint32_t seed, int rows) {
    for (testing::FakeCluster* cluster : {&source, &target}) {
      cluster->AddTable("t");
      cluster->tables.at(table()).rows.clear();
      cluster->guarded_writes.clear();
      cluster->before_guarded_write = nullptr;
    }
    std::error_code error;
    std::filesystem::remove(JournalFile(), error);
    RandomRows(seed).Fill(&source, &target, rows);
    options.allow_deletes = true;
    options.allow_compaction = true;
  }
};

TEST_F(RandomRepair, EndsWithWhatTheSourceShows) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    Begin(seed, 12);
    Plan(AllRows(true));
    ASSERT_TRUE(Apply().ok());
    for (const DriftedRow& row : AllRows()) {
      EXPECT_EQ(Seen(target, row.row), Seen(source, row.row)) << "seed " << seed << " " << row.row;
    }
  }
}

// Whatever breaks off, at whatever write: applied again it ends in the same state.
TEST_F(RandomRepair, AppliedAgainAfterAnyFailureItEndsInTheSameState) {
  for (uint32_t seed = 0; seed < 5; ++seed) {
    Begin(seed, 8);
    Plan(AllRows(true));
    ASSERT_TRUE(Apply().ok());
    const size_t writes = target.guarded_writes.size();
    for (size_t broken = 0; broken < writes; ++broken) {
      for (const bool done : {false, true}) {
        Begin(seed, 8);
        Plan(AllRows(true));
        size_t sent = 0;
        const auto fail = [&](const GuardedWrite&) {
          return sent++ >= broken ? absl::UnavailableError("the server died") : absl::OkStatus();
        };
        (done ? target.after_guarded_write : target.before_guarded_write) = fail;
        Apply().IgnoreError();
        target.before_guarded_write = nullptr;
        target.after_guarded_write = nullptr;
        ASSERT_TRUE(Apply().ok());
        for (const DriftedRow& row : AllRows()) {
          EXPECT_EQ(Seen(target, row.row), Seen(source, row.row))
              << "seed " << seed << ", write " << broken << ", " << row.row;
        }
      }
    }
  }
}

// What the target gets after the plan stays, whoever writes it and whenever.
TEST_F(RandomRepair, OverwritesAndDeletesNothingThatCameLater) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    Begin(seed, 8);
    Plan(AllRows(true));
    std::mt19937 random(seed);
    std::vector<Cell> theirs;
    target.before_guarded_write = [&](const GuardedWrite& write) {
      if (random() % 2 == 0) return absl::OkStatus();
      const uint64_t timestamp = random() % 3 == 0 ? write.cell.timestamp_ms : 100 + random() % 5;
      const std::string qualifier = write.cell.qualifier.empty() ? "q" : write.cell.qualifier;
      auto& cells = target.tables.at(table()).rows[write.cell.row];
      std::erase_if(cells, [&](const Cell& cell) {
        return cell.type == CellType::kPut && cell.qualifier == qualifier &&
               cell.timestamp_ms == timestamp;
      });
      target.Store("t", write.cell.row, qualifier, timestamp, CellType::kPut, "theirs");
      const auto seen = Seen(target, write.cell.row);
      for (const Cell& cell : seen) {
        if (cell.value == "theirs") theirs.push_back(cell);
      }
      return absl::OkStatus();
    };
    ASSERT_TRUE(Apply().ok());
    for (const Cell& cell : theirs) {
      EXPECT_THAT(Seen(target, cell.row), ::testing::Contains(cell)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace twinwatch
