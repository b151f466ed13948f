// A verification that is taken up from any of its checkpoints ends as one that was not interrupted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/fakes/fake_barrier.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"
#include "verifier/run/verify_table.h"

namespace twinwatch {
namespace {

using twinwatch::testing::FakeBarrier;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

// Keeps every checkpoint, with the findings told until then.
class Recorder : public VerifyObserver {
 public:
  struct Moment {
    TableProgress progress;
    std::vector<Finding> findings;
  };
  std::vector<Moment> moments;
  std::vector<Finding> findings;

  void OnFinding(const Finding& finding) override { findings.push_back(finding); }
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
  void OnCheckpoint(const TableProgress& progress) override {
    moments.push_back({progress, findings});
  }
};

std::multiset<std::string> Names(const std::vector<Finding>& findings) {
  std::multiset<std::string> names;
  for (const Finding& finding : findings)
    names.insert(fmt::format("{} {}", finding.row, ToString(finding.drift_class)));
  return names;
}

constexpr size_t kStep = 5;

struct Way {
  Confirm confirm = Confirm::kNone;
  bool raw = false;
  uint64_t since_ms = 0;
};

class ResumeTest : public ::testing::Test {
 protected:
  // Two sides with some rows that differ, some of them wider than a batch.
  void Plant(uint32_t seed) {
    random_.seed(seed);
    source_.tables.clear();
    target_.tables.clear();
    source_.AddTable("t", {"r050", "r100"});
    target_.AddTable("t", {"r070"});
    for (int i = 0; i < 150; ++i) {
      const std::string row = fmt::format("r{:03}", i);
      const int cells = Chance(10) ? 7 : 1;
      for (int c = 0; c < cells; ++c) {
        const std::string qualifier = fmt::format("q{}", c);
        const uint64_t at = 10 + random_() % 20;
        source_.Put("t", row, qualifier, at, "v");
        target_.Put("t", row, qualifier, at, Chance(5) ? "w" : "v");
      }
      if (Chance(5)) target_.tables.begin()->second.rows.erase(row);
      if (Chance(5)) target_.Put("t", row + "x", "q", 15, "extra");
      if (Chance(5)) target_.Store("t", row, "q0", 5, CellType::kDeleteColumn);
    }
    source_.lost_rows = {"r020", "r111"};
    source_.yields = target_.yields = true;
  }

  bool Chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  TableResult Verify(const Way& way, std::shared_ptr<const TableProgress> resume,
                     Recorder* recorder) {
    TablePair pair{&source_, &target_, *TableName::Parse("t"), *TableName::Parse("t"), {"f"}, 1};
    pair.raw = way.raw;
    pair.since_ms = way.since_ms;
    VerifyTableOptions options;
    options.confirm = way.confirm;
    options.settle = absl::ZeroDuration();
    options.checkpoint = absl::ZeroDuration();
    options.max_suspect_bytes = max_suspect_bytes_;
    options.confirming.between = absl::ZeroDuration();
    options.barriers.forward = &barrier_;
    options.resume = std::move(resume);
    return RunCoro(VerifyTable(pair, options, recorder));
  }

  void ExpectTheSameFromEveryCheckpoint(const Way& way,
                                        const std::vector<Recorder::Moment>& moments,
                                        const TableResult& whole,
                                        const std::vector<Finding>& findings) {
    // Not each of them, to keep it short.
    for (size_t i = (moments.size() - 1) % kStep; i < moments.size(); i += kStep) {
      const Recorder::Moment& moment = moments[i];
      Recorder after;
      const TableResult result =
          Verify(way, std::make_shared<TableProgress>(moment.progress), &after);
      EXPECT_EQ(result.rows_source, whole.rows_source) << i;
      EXPECT_EQ(result.rows_target, whole.rows_target) << i;
      EXPECT_EQ(result.cells_source, whole.cells_source) << i;
      EXPECT_EQ(result.drift, whole.drift) << i;
      EXPECT_EQ(result.suspects, whole.suspects) << i;
      EXPECT_EQ(result.unknown_rows, 0u) << i;
      EXPECT_EQ(result.unverified.size(), 0u) << i;
      std::vector<Finding> told = after.findings;
      for (const Finding& finding : moment.findings) {
        if (!IsToldAgain(moment.progress.todo, finding.row, finding.drift_class))
          told.push_back(finding);
      }
      EXPECT_EQ(Names(told), Names(findings)) << i;
      if (HasFailure()) return;
    }
  }

  std::mt19937 random_;
  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  FakeBarrier barrier_;
  size_t max_suspect_bytes_ = size_t{8} << 20;
};

const Way kWays[] = {{Confirm::kNone, false, 0},     {Confirm::kRecheck, false, 0},
                     {Confirm::kBarrier, false, 0},  {Confirm::kNone, true, 0},
                     {Confirm::kBarrier, true, 0},   {Confirm::kNone, false, 20},
                     {Confirm::kBarrier, false, 20}, {Confirm::kBarrier, true, 20}};

TEST_F(ResumeTest, FromEveryCheckpoint) {
  for (uint32_t seed = 0; seed < 3; ++seed) {
    max_suspect_bytes_ = seed == 0 ? size_t{8} << 20 : 200;  // judged at the end, or in between
    for (const Way& way : kWays) {
      SCOPED_TRACE(fmt::format("seed {} confirm {} raw {} since {}", seed,
                               static_cast<int>(way.confirm), way.raw, way.since_ms));
      Plant(seed);
      Recorder recorder;
      const TableResult whole = Verify(way, nullptr, &recorder);
      ASSERT_GT(whole.drift.Sum() + whole.suspects.Sum(), 0u);
      ASSERT_TRUE(recorder.moments.back().progress.todo.empty());
      ExpectTheSameFromEveryCheckpoint(way, recorder.moments, whole, recorder.findings);
      if (HasFailure()) return;
    }
  }
}

// A table may have thousands of regions of which each fits into one batch.
TEST_F(ResumeTest, EachRangeThatIsDoneIsACheckpoint) {
  Plant(1);
  source_.cells_per_batch = target_.cells_per_batch = 10'000;
  Recorder recorder;
  const TableResult whole = Verify({Confirm::kNone, false, 0}, nullptr, &recorder);
  EXPECT_GE(recorder.moments.size(), whole.ranges);
  ExpectTheSameFromEveryCheckpoint({Confirm::kNone, false, 0}, recorder.moments, whole,
                                   recorder.findings);
}

TEST_F(ResumeTest, AfterARangeThatCouldNotBeRead) {
  for (const Way& way : kWays) {
    for (int fails_at_scan = 1; fails_at_scan < 12; ++fails_at_scan) {
      SCOPED_TRACE(fmt::format("confirm {} raw {} since {} fails at scan {}",
                               static_cast<int>(way.confirm), way.raw, way.since_ms,
                               fails_at_scan));
      Plant(7);
      Recorder undisturbed;
      const TableResult whole = Verify(way, nullptr, &undisturbed);
      target_.scans = 0;
      target_.before_scan = [this, fails_at_scan] {
        if (target_.scans == fails_at_scan) target_.fails_at_row = Chance(50) ? "r060" : "";
      };
      Recorder recorder;
      const TableResult part = Verify(way, nullptr, &recorder);
      EXPECT_EQ(part.drift.Sum() + part.suspects.Sum() + part.drift.marks,
                recorder.findings.size());
      target_.before_scan = nullptr;
      target_.fails_at_row.reset();
      const Recorder::Moment& end = recorder.moments.back();
      Recorder after;
      const TableResult result = Verify(way, std::make_shared<TableProgress>(end.progress), &after);
      EXPECT_EQ(result.drift, whole.drift);
      EXPECT_EQ(result.suspects, whole.suspects);
      // In a window rows are counted when all of a part are judged.
      if (way.since_ms == 0) {
        EXPECT_EQ(result.rows_source, whole.rows_source);
      }
      EXPECT_TRUE(result.unverified.empty());
      if (HasFailure()) return;
    }
  }
}

TEST_F(ResumeTest, RowsThatCouldNotBeJudgedAreJudged) {
  const Way way{Confirm::kBarrier, false, 0};
  Plant(3);
  Recorder undisturbed;
  const TableResult whole = Verify(way, nullptr, &undisturbed);
  barrier_.on_pass = [](int) { return absl::DeadlineExceededError("it did not come"); };
  Recorder recorder;
  const TableResult unknown = Verify(way, nullptr, &recorder);
  EXPECT_GT(unknown.unknown_rows, 0u);
  EXPECT_EQ(unknown.drift.Sum(), 0u);
  barrier_.on_pass = nullptr;
  ExpectTheSameFromEveryCheckpoint(way, {recorder.moments.back()}, whole, undisturbed.findings);
}

}  // namespace
}  // namespace twinwatch
