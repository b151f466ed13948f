#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/support/ledger_fixture.h"

namespace twinwatch::ledger {
namespace {

using testing::HasSubstr;

std::string Key(uint64_t number) { return fmt::format("{:08}", number); }

// After n checkpoints: rows up to n were read, each of them differs.
TableProgress After(uint64_t checkpoints) {
  TableProgress progress;
  progress.table = *TableName::Parse("t");
  progress.counters.rows_source = checkpoints;
  progress.counters.drift.missing = checkpoints;
  progress.todo = {{{Key(checkpoints), ""}, false}};
  return progress;
}

class LedgerRuns : public LedgerTest {
 protected:
  void SetUp() override { OpenAll(); }

  RunRecord Run(const std::string& id, RunKind kind = RunKind::kFull, int seconds = 0) {
    RunRecord run;
    run.id = id;
    run.pair = pair_;
    run.kind = kind;
    run.options = "--depth values";
    run.begun = At(seconds);
    run.tables = {After(0)};
    return run;
  }
};

TEST_F(LedgerRuns, AllOfARunComesBack) {
  RunRecord run = Run("r1", RunKind::kSince);
  run.breadth.markers = true;
  TableProgress other;
  other.table = Table("a:t");
  other.todo = {{{"", std::string("b\x00", 2)}, true}, {{std::string("b\x00", 2), ""}, false}};
  uint64_t value = 1;
  for (uint64_t* counter :
       {&other.counters.rows_source, &other.counters.rows_target, &other.counters.cells_source,
        &other.counters.bytes_read, &other.counters.ranges, &other.counters.drift.missing,
        &other.counters.drift.extra, &other.counters.drift.value, &other.counters.drift.cells,
        &other.counters.drift.marks, &other.counters.suspects.missing,
        &other.counters.suspects.extra, &other.counters.suspects.value,
        &other.counters.suspects.cells, &other.counters.suspects.marks, &other.counters.in_flight,
        &other.counters.unknown_rows, &other.counters.waived}) {
    *counter = value++;
  }
  other.counters.took_ms = UINT64_MAX;
  run.tables.push_back(other);
  ASSERT_TRUE(ledger_->BeginRun(run).ok());
  const StatusOr<RunRecord> loaded = ledger_->LoadRun("r1");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->pair, pair_);
  EXPECT_EQ(loaded->kind, RunKind::kSince);
  EXPECT_EQ(loaded->options, "--depth values");
  EXPECT_EQ(loaded->breadth, run.breadth);
  EXPECT_EQ(loaded->begun, At(0));
  EXPECT_EQ(loaded->ended, std::nullopt);
  EXPECT_EQ(loaded->tables, run.tables);
}

TEST_F(LedgerRuns, ACheckpointHoldsProgressAndFindings) {
  ASSERT_TRUE(ledger_->Note(pair_, By("r0", 0), {Confirmed("0"), Confirmed("zz")}).ok());
  ASSERT_TRUE(ledger_->BeginRun(Run("r1")).ok());
  const Status status = ledger_->Checkpoint(By("r1", 7), After(2), {Confirmed("00000001")},
                                            {{Table("t"), {"", "00000002"}, {}, At(7)}});
  ASSERT_TRUE(status.ok()) << status;
  const StatusOr<RunRecord> loaded = ledger_->LoadRun("r1");
  ASSERT_TRUE(loaded.ok());
  EXPECT_THAT(loaded->tables, testing::ElementsAre(After(2)));
  EXPECT_EQ(loaded->last_checkpoint, At(7));
  EXPECT_THAT(Open(), testing::ElementsAre("00000001 confirmed", "zz confirmed"));
}

TEST_F(LedgerRuns, ACheckpointThatFailsLeavesNothing) {
  ASSERT_TRUE(ledger_->BeginRun(Run("r1")).ok());
  TableProgress stranger = After(1);
  stranger.table = Table("other");
  EXPECT_EQ(ledger_->Checkpoint(By("r1", 7), stranger, {Confirmed("a")}, {}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ledger_->LoadRun("r1")->last_checkpoint, At(0));
  EXPECT_THAT(Open(), testing::IsEmpty());
}

TEST_F(LedgerRuns, UnfinishedRuns) {
  ASSERT_TRUE(ledger_->BeginRun(Run("r1", RunKind::kFull, 1)).ok());
  ASSERT_TRUE(ledger_->BeginRun(Run("r2", RunKind::kRange, 2)).ok());
  ASSERT_TRUE(ledger_->BeginRun(Run("r3", RunKind::kFull, 3)).ok());
  ASSERT_TRUE(ledger_->BeginRun(Run("r4", RunKind::kFull, 4)).ok());
  EXPECT_FALSE(*ledger_->KnowsOf(pair_, std::nullopt));
  for (TableProgress done : Run("r3").tables) {
    done.todo.clear();
    ASSERT_TRUE(ledger_->Checkpoint(By("r3", 9), done, {}, {}).ok());
  }
  ASSERT_TRUE(ledger_->EndRun("r3", At(9), "same").ok());
  // It ended, and left something undone.
  ASSERT_TRUE(ledger_->EndRun("r4", At(8), "unknown").ok());
  EXPECT_TRUE(*ledger_->KnowsOf(pair_, Table("t")));
  EXPECT_FALSE(*ledger_->KnowsOf(pair_, Table("u")));
  EXPECT_EQ(*ledger_->LastEnd(pair_), At(9));
  EXPECT_EQ(ledger_->LoadRun("r3")->verdict, "same");
  const auto runs = ledger_->UnfinishedRuns(pair_, RunKind::kFull);
  ASSERT_TRUE(runs.ok()) << runs.status();
  ASSERT_EQ(runs->size(), 2u);
  EXPECT_EQ(runs->at(0).id, "r4");
  EXPECT_EQ(runs->at(1).id, "r1");
  EXPECT_EQ(runs->at(1).tables, Run("r1").tables);
  EXPECT_EQ(ledger_->UnfinishedRuns(pair_, std::nullopt)->size(), 3u);
  EXPECT_FALSE(ledger_->Checkpoint(By("r4", 9), After(1), {}, {}).ok());
  ASSERT_TRUE(ledger_->ReopenRun("r4").ok());
  EXPECT_EQ(ledger_->LoadRun("r4")->verdict, std::nullopt);
  EXPECT_TRUE(ledger_->Checkpoint(By("r4", 9), After(1), {}, {}).ok());
}

TEST_F(LedgerRuns, HowFarFullPassesHaveCome) {
  const auto begin = [this](RunRecord run) { ASSERT_TRUE(ledger_->BeginRun(run).ok()) << run.id; };
  begin(Run("old", RunKind::kFull, -1));
  begin(Run("new", RunKind::kFull, 5));
  begin(Run("sample", RunKind::kSample, 5));
  RunRecord keys = Run("keys", RunKind::kFull, 5);
  keys.breadth.values = false;
  begin(keys);
  RunRecord two = Run("two", RunKind::kFull, 6);
  two.tables.push_back(After(0));
  two.tables.back().table = Table("u");
  begin(two);
  TableProgress progress = After(3);
  progress.counters.ranges = 7;
  progress.counters.ranges_drifted = 3;
  progress.todo = {{{"a", "b"}, false}, {{"c", "d"}, true}, {{"e", ""}, false}};
  ASSERT_TRUE(ledger_->Checkpoint(By("two", 7), progress, {}, {}).ok());
  ASSERT_TRUE(ledger_->EndRun("two", At(8), "unknown").ok());

  const auto passes = ledger_->RangesOfPasses(pair_, At(0));
  ASSERT_TRUE(passes.ok()) << passes.status();
  const std::map<TableName, std::map<std::string, PassRanges>> expected = {
      {Table("t"), {{"new", {At(5), 0, 1}}, {"two", {At(6), 7, 2, 3, true}}}},
      {Table("u"), {{"two", {At(6), 0, 1, 0, true}}}}};
  EXPECT_EQ(*passes, expected);
  EXPECT_TRUE(ledger_->RangesOfPasses(pair_ + 1, At(0))->empty());
}

TEST_F(LedgerRuns, WhatIsAskedOfARunThatIsNotThere) {
  ASSERT_TRUE(ledger_->BeginRun(Run("r1")).ok());
  const Status status = ledger_->LoadRun("r9").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(Text(status)), HasSubstr("r9 (not finished are: r1)"));
  EXPECT_EQ(ledger_->EndRun("r9", At(0), "").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ledger_->ReopenRun("r9").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ledger_->Checkpoint(By("r9", 0), After(1), {}, {}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ledger_->BeginRun(Run("r1")).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(ledger_->EndRun("r1", At(1), "same").ok());
  EXPECT_EQ(ledger_->Checkpoint(By("r1", 2), After(1), {}, {}).code(), absl::StatusCode::kNotFound);
}

TEST_F(LedgerRuns, OldRunsAreForgotten) {
  ASSERT_TRUE(ledger_->BeginRun(Run("r1")).ok());
  ASSERT_TRUE(ledger_->BeginRun(Run("r2")).ok());
  const Sighting later{"r2", At(100), {}};
  ASSERT_TRUE(ledger_->Checkpoint(later, Run("r2").tables.front(), {}, {}).ok());
  ASSERT_TRUE(ledger_->Prune(At(1) + absl::Hours(90 * 24)).ok());
  EXPECT_EQ(ledger_->LoadRun("r1").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ledger_->LoadRun("r2")->tables, Run("r2").tables);
}

// A process that checkpoints without end, as verify would.
[[noreturn]] void CheckpointForever(const std::string& path, int told) {
  const auto ledger = Ledger::Open(path, OpenMode::kExisting);
  for (uint64_t n = 1; ledger.ok(); ++n) {
    DriftFinding finding;
    finding.table = *TableName::Parse("t");
    finding.row = Key(n - 1);
    finding.confirmed_by = "position";
    const Sighting sighting{"r1", absl::FromUnixSeconds(1795451884), {}};
    if (!(*ledger)->Checkpoint(sighting, After(n), {finding}, {}).ok()) break;
    if (write(told, &n, sizeof n) != sizeof n) break;
  }
  _exit(1);
}

// At whatever point a process is killed: all of its last checkpoint that came back is there, and
// progress and findings belong together.
TEST_F(LedgerRuns, AKilledProcessLeavesItsLastCheckpoint) {
  ASSERT_TRUE(ledger_->BeginRun(Run("r1")).ok());
  ledger_.reset();
  std::mt19937 random(7);
  uint64_t reached = 0;
  for (int round = 0; round < 20; ++round) {
    int channel[2];
    ASSERT_EQ(pipe(channel), 0);
    const pid_t child = fork();
    if (child == 0) CheckpointForever(path_, channel[1]);
    close(channel[1]);
    uint64_t told = 0;
    ASSERT_EQ(read(channel[0], &told, sizeof told), ssize_t{sizeof told});
    usleep(random() % 20'000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(channel[0], &told, sizeof told) == sizeof told) {
    }
    close(channel[0]);
    const auto ledger = Ledger::Open(path_, OpenMode::kExisting);
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    const StatusOr<RunRecord> run = (*ledger)->LoadRun("r1");
    ASSERT_TRUE(run.ok()) << run.status();
    const uint64_t counted = run->tables[0].counters.rows_source;
    ASSERT_GE(counted, told);
    ASSERT_LE(counted, told + 1);
    ASSERT_EQ(run->tables[0], After(counted));
    const auto rows = (*ledger)->OpenDrift(run->pair, {.range = {"", Key(counted)}});
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), counted);
    reached = std::max(reached, counted);
    // The next one begins from the first row again: its findings are known already.
    ASSERT_TRUE((*ledger)->Checkpoint(By("r1", 0), After(0), {}, {}).ok());
    ASSERT_TRUE((*ledger)->Settle(run->pair, By("r2", 0), {Table("t"), {}, {}, At(1)}).ok());
  }
  EXPECT_GT(reached, 1u);
}

}  // namespace
}  // namespace twinwatch::ledger
