#include "agent/app/repair_undo.h"

#include <gmock/gmock.h>

#include "agent/app/repair_plan.h"
#include "tests/support/repair_fixture.h"
#include "verifier/ledger/drift_life.h"

namespace twinwatch::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPlan[] = "sha256:0123456789abcdef";

class Silent : public RepairObserver {
 public:
  void OnProgress(uint64_t, uint64_t, std::string_view) override {}
};

// Rows that were found to differ, repaired, and found to be the same then.
class UndoPlanTest : public twinwatch::testing::RepairTest {
 protected:
  UndoPlanTest() {
    link_.target.reset(&target);
    ledger_ = *ledger::Ledger::Open(JournalFile() + ".ledger", ledger::OpenMode::kCreate);
    ledger::Pair pair;
    pair.source_id = "id-a";
    pair.target_id = "id-b";
    pair_ = *ledger_->NotePair(pair, absl::Now());
  }
  ~UndoPlanTest() override { static_cast<void>(link_.target.release()); }

  void Repair(const std::vector<std::string>& rows) {
    std::vector<ledger::DriftFinding> found;
    for (const std::string& row : rows) {
      source.Put("t", row, "q", 5, "v");
      ledger::DriftFinding& finding = found.emplace_back();
      finding.table = table();
      finding.row = row;
      finding.confirmed_by = "position";
    }
    ASSERT_TRUE(ledger_->Note(pair_, {"r1", absl::Now(), {}}, found).ok());
    Plan(AllRows());
    plan.pair.source_id = "id-a";
    plan.pair.target_id = "id-b";
    ASSERT_TRUE(Apply().ok());
    for (const auto state : {ledger::DriftState::kRepaired, ledger::DriftState::kRechecked})
      Advance(rows, state, ledger::RepairedNote(kPlan));
    ASSERT_THAT(Open(), IsEmpty());
  }
  void Advance(const std::vector<std::string>& rows, ledger::DriftState state,
               const std::string& note) {
    ASSERT_TRUE(ledger_->Advance(pair_, table(), rows, state, absl::Now(), note).ok());
  }

  RepairOutcome Undone(bool execute = true) {
    UndoRequest request;
    request.plan = &plan;
    request.plan_digest = kPlan;
    request.journal_path = JournalFile();
    request.execute = execute;
    const RepairTools tools{{}, &link_, ledger_.get(), nullptr, &silent_};
    const auto outcome = twinwatch::testing::RunCoro(UndoPlan(tools, request));
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(RepairOutcome());
  }

  std::vector<std::string> Open() {
    std::vector<std::string> rows;
    const auto records = ledger_->OpenDrift(pair_, {});
    EXPECT_TRUE(records.ok());
    for (const ledger::DriftRecord& record : *records)
      rows.push_back(record.row + " " + std::string(ToString(record.state)));
    return rows;
  }

  Link link_;
  std::unique_ptr<ledger::Ledger> ledger_;
  ledger::PairId pair_ = 0;
  Silent silent_;
};

TEST_F(UndoPlanTest, WhatWasTakenBackIsKnownToDifferAgain) {
  Repair({"a", "b"});
  Undone(false);
  EXPECT_THAT(Open(), IsEmpty());
  EXPECT_EQ(Undone().rows_written, 2u);
  EXPECT_THAT(Open(), ElementsAre("a confirmed", "b confirmed"));
  const auto row = **ledger_->Row(pair_, table(), "a");
  EXPECT_EQ(row.events.back().note, ledger::UndoneNote(kPlan));
  EXPECT_FALSE(row.record.resolved);
}

TEST_F(UndoPlanTest, WhatUndoLeftAloneIsAsItWas) {
  Repair({"a", "b"});
  target.Store("t", "a", "q", 8, CellType::kPut, "theirs");
  EXPECT_EQ(Undone().rows_written, 1u);
  EXPECT_THAT(Open(), ElementsAre("b confirmed"));
}

// The target is as before, and nobody could tell the ledger: undoing again does.
TEST_F(UndoPlanTest, AnUndoThatWasKilledIsToldWhenItIsRepeated) {
  Repair({"a"});
  ASSERT_TRUE(UndoAll().ok());
  EXPECT_THAT(Open(), IsEmpty());
  EXPECT_EQ(Undone().rows_written, 0u);
  EXPECT_THAT(Open(), ElementsAre("a confirmed"));
  // What was mended since does not differ because somebody tries once more.
  Advance({"a"}, ledger::DriftState::kRechecked, "the same on both sides");
  Undone();
  EXPECT_THAT(Open(), IsEmpty());
}

}  // namespace
}  // namespace twinwatch::app
