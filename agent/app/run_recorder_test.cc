#include "agent/app/run_recorder.h"

#include <gmock/gmock.h>

#include "agent/app/ledger_values.h"
#include "tests/support/ledger_fixture.h"

namespace twinwatch::app {
namespace {

class Nobody : public VerifyObserver {
 public:
  void OnFinding(const Finding&) override {}
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
};

class RunRecorderTest : public ledger::LedgerTest {
 protected:
  RunRecorderTest() { OpenAll(); }

  Nobody nobody_;
};

// Findings are written long before the causes are known.
TEST_F(RunRecorderTest, CausesComeToTheRowsThatWereWrittenBefore) {
  RecordedRun run;
  run.id = "r1";
  run.pair = TwoClusters();
  run.begun = At(0);
  run.tables = {Table("t")};
  const auto recorder = RunRecorder::Begin(ledger_.get(), run, &nobody_);
  ASSERT_TRUE(recorder.ok()) << recorder.status();
  VerifyResult result;
  result.run = "r1";
  result.ended = At(9);
  for (int i = 0; i < 700; ++i) {
    Finding finding;
    finding.table = Table("t");
    finding.row = std::to_string(1000 + i);
    finding.confirmed_by = "none";
    (*recorder)->OnFinding(finding);
    finding.cause = "cause of " + finding.row;
    finding.evidence = "evidence";
    result.findings.push_back(finding);
  }
  ASSERT_TRUE((*recorder)->End(result).ok());
  const auto open = ledger_->OpenDrift(pair_, {});
  ASSERT_TRUE(open.ok());
  ASSERT_EQ(open->size(), 700u);
  for (const ledger::DriftRecord& record : *open) EXPECT_EQ(record.cause, "cause of " + record.row);
  const auto row = ledger_->Row(pair_, Table("t"), "1000");
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ((*row)->events.size(), 1u);
}

// Only of whole tables: what a range or some families hold says too little.
TEST_F(RunRecorderTest, CellsOfTheFutureAreRememberedOfWholeTables) {
  RecordedRun run;
  run.pair = TwoClusters();
  run.begun = At(0);
  run.tables = {Table("t")};
  VerifyResult result;
  result.tables.emplace_back().table = Table("t");
  FutureCells& found = result.tables[0].future.emplace();
  const auto record = [&](const std::string& id, int seconds, uint64_t cells) {
    run.id = id;
    found.as_of = At(seconds);
    found.cells = cells;
    const auto recorder = RunRecorder::Begin(ledger_.get(), run, &nobody_);
    ASSERT_TRUE(recorder.ok()) << recorder.status();
    ASSERT_TRUE((*recorder)->End(result).ok());
  };
  run.kind = ledger::RunKind::kRange;
  record("r1", 1, 1);
  run.kind = ledger::RunKind::kFull;
  run.breadth.all_families = false;
  record("r2", 2, 1);
  EXPECT_TRUE(ledger_->AllFutureCells(pair_)->empty());
  run.breadth.all_families = true;
  record("r3", 3, 2);
  EXPECT_EQ(ledger_->AllFutureCells(pair_)->at(Table("t")).cells, 2u);
  const auto marks = MarksOf(ledger_.get(), pair_);
  ASSERT_TRUE(marks.ok());
  EXPECT_EQ(marks->at(Table("t")).future, found);
  result.tables[0].future.reset();  // nobody looked
  run.id = "r4";
  ASSERT_TRUE((*RunRecorder::Begin(ledger_.get(), run, &nobody_))->End(result).ok());
  EXPECT_EQ(ledger_->AllFutureCells(pair_)->at(Table("t")).cells, 2u);
}

class Resumed : public RunRecorderTest {
 protected:
  // A run that was broken off when it had found row b and had not read from m on.
  void BreakOff() {
    run_.id = "r1";
    run_.pair = TwoClusters();
    run_.begun = At(0);
    run_.tables = {Table("t")};
    run_.note = {"a-b", "1", {{"t", {"f"}}}};
    const auto recorder = RunRecorder::Begin(ledger_.get(), run_, &nobody_);
    ASSERT_TRUE(recorder.ok()) << recorder.status();
    Finding finding;
    finding.table = Table("t");
    finding.row = "b";
    finding.confirmed_by = "position";
    (*recorder)->OnFinding(finding);
    TableProgress progress;
    progress.so_far.table = Table("t");
    progress.so_far.rows_source = 7;
    progress.so_far.drift.missing = 1;
    progress.todo = {{{"m", ""}, false}};
    (*recorder)->OnCheckpoint(progress);
    finding.row = "x";  // told, and not in the checkpoint
    (*recorder)->OnFinding(finding);
  }

  StatusOr<std::unique_ptr<RunRecorder>> Resume() {
    ASSIGN_OR_RETURN(const ledger::RunRecord record, ledger_->LoadRun("r1"));
    return RunRecorder::Resume(ledger_.get(), run_, record, &nobody_);
  }

  std::vector<std::string> ToldBefore(const RunRecorder& recorder) {
    std::vector<std::string> rows;
    EXPECT_TRUE(
        recorder.VisitToldBefore([&rows](const Finding& f) { rows.push_back(f.row); }).ok());
    return rows;
  }

  RecordedRun run_;
};

TEST_F(Resumed, GoesOnFromTheCheckpoint) {
  BreakOff();
  const auto recorder = Resume();
  ASSERT_TRUE(recorder.ok()) << recorder.status();
  const auto progress = (*recorder)->ProgressOf(Table("t"));
  ASSERT_NE(progress, nullptr);
  EXPECT_EQ(progress->so_far.rows_source, 7u);
  EXPECT_EQ(progress->so_far.drift.missing, 1u);
  EXPECT_EQ(progress->so_far.barrier, BarrierKind::kPosition);
  EXPECT_EQ(progress->todo, (std::vector<Todo>{{{"m", ""}, false}}));
  EXPECT_THAT(ToldBefore(**recorder), testing::ElementsAre("b"));
}

TEST_F(Resumed, ATableWithOtherFamiliesIsBegunAnew) {
  BreakOff();
  run_.note.families["t"] = {"f", "g"};
  const auto recorder = Resume();
  ASSERT_TRUE(recorder.ok()) << recorder.status();
  EXPECT_EQ((*recorder)->ProgressOf(Table("t")), nullptr);
  EXPECT_THAT(ToldBefore(**recorder), testing::IsEmpty());
}

TEST_F(Resumed, OtherClustersAndPeersAreRefused) {
  BreakOff();
  run_.note.peer = "2";
  EXPECT_EQ(Resume().status().code(), absl::StatusCode::kInvalidArgument);
  run_.note.peer = "1";
  run_.pair.target_id = "id-c";
  EXPECT_EQ(Resume().status().code(), absl::StatusCode::kInvalidArgument);
}

// More rows could not be judged than are named: nothing of the table is called the same.
TEST_F(RunRecorderTest, WhatIsNotNamedClosesNothing) {
  ASSERT_TRUE(ledger_->Note(pair_, By("r0", 0), {Confirmed("b")}).ok());
  for (const uint64_t unnamed : {1, 0}) {
    RecordedRun run;
    run.id = "r" + std::to_string(2 - unnamed);
    run.pair = TwoClusters();
    run.begun = At(10);
    run.tables = {Table("t")};
    const auto recorder = RunRecorder::Begin(ledger_.get(), run, &nobody_);
    ASSERT_TRUE(recorder.ok()) << recorder.status();
    VerifyResult result;
    result.ended = At(20);
    TableResult& table = result.tables.emplace_back();
    table.table = Table("t");
    table.unknown_rows = 5;
    table.unnamed = unnamed;
    table.unverified.push_back({{"m", "n"}, "why"});
    ASSERT_TRUE((*recorder)->End(result).ok());
    EXPECT_EQ(Open().size(), unnamed);
  }
}

}  // namespace
}  // namespace twinwatch::app
