#include "verifier/run/verify_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_barrier.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using twinwatch::testing::FakeBarrier;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

class Collector : public VerifyObserver {
 public:
  std::vector<Finding> findings;

  void OnFinding(const Finding& finding) override { findings.push_back(finding); }
  void OnProgress(const TableName&, double fraction, uint64_t, std::string_view) override {
    EXPECT_GE(fraction, 0);
    EXPECT_LE(fraction, 1);
  }
};

Task<void> StopSoon(Governor* governor) {
  co_await SleepFor(std::chrono::milliseconds(150));
  governor->Stop();
}

Task<void> VerifyInto(TableResult* result, TablePair pair, VerifyTableOptions options,
                      VerifyObserver* observer) {
  *result = co_await VerifyTable(std::move(pair), std::move(options), observer);
}

Task<TableResult> VerifyAndStop(TablePair pair, VerifyTableOptions options,
                                VerifyObserver* observer) {
  TableResult result;
  std::vector<Task<void>> both;
  both.push_back(StopSoon(options.governor));
  both.push_back(VerifyInto(&result, std::move(pair), std::move(options), observer));
  co_await RunAll(std::move(both));
  co_return result;
}

class VerifyTableTest : public ::testing::Test {
 protected:
  VerifyTableTest() {
    source_.AddTable("t", {"g", "p"});
    target_.AddTable("t", {"m"});
    for (char c = 'a'; c <= 'z'; ++c) {
      source_.Put("t", std::string(1, c), "q", 1, "v");
      target_.Put("t", std::string(1, c), "q", 1, "v");
    }
    options_.settle = absl::Milliseconds(1);
  }

  TableResult Verify() {
    TablePair pair{&source_, &target_, *TableName::Parse("t"), *TableName::Parse("t"), {"f"}, 1};
    pair.raw = raw_;
    return RunCoro(VerifyTable(pair, options_, &collector_));
  }

  void Forget(FakeCluster* side, const std::string& row) {
    side->tables.begin()->second.rows.erase(row);
  }

  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  VerifyTableOptions options_;
  bool raw_ = false;
  Collector collector_;
};

TEST_F(VerifyTableTest, Same) {
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kSame);
  EXPECT_EQ(result.rows_source, 26u);
  EXPECT_EQ(result.rows_target, 26u);
  EXPECT_EQ(result.ranges, 4u);
  EXPECT_GT(result.bytes_read, 0u);
}

TEST_F(VerifyTableTest, WithNoneADifferenceIsDrift) {
  options_.confirm = Confirm::kNone;
  Forget(&target_, "c");
  Forget(&source_, "z");
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kDrift);
  EXPECT_EQ(result.drift.missing, 1u);
  EXPECT_EQ(result.drift.extra, 1u);
  ASSERT_EQ(collector_.findings.size(), 2u);
  EXPECT_EQ(collector_.findings[0].confirmed_by, "none");
}

TEST_F(VerifyTableTest, RangesWithDriftAreCountedOnce) {
  options_.confirm = Confirm::kNone;
  EXPECT_EQ(Verify().ranges_drifted, 0u);
  Forget(&target_, "c");
  Forget(&target_, "d");
  EXPECT_EQ(Verify().ranges_drifted, 1u);
  Forget(&source_, "g");  // the first row of the second range
  Forget(&source_, "z");
  EXPECT_EQ(Verify().ranges_drifted, 3u);
  options_.confirm = Confirm::kRecheck;  // proves nothing
  EXPECT_EQ(Verify().ranges_drifted, 0u);
}

TEST_F(VerifyTableTest, WithRecheckItIsNeverMoreThanASuspect) {
  Forget(&target_, "c");
  target_.Put("t", "k", "q", 1, "w");
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  EXPECT_EQ(result.drift.Sum(), 0u);
  EXPECT_EQ(result.suspects.missing, 1u);
  EXPECT_EQ(result.suspects.value, 1u);
  ASSERT_EQ(collector_.findings.size(), 2u);
  EXPECT_EQ(collector_.findings[0].confirmed_by, std::nullopt);
}

TEST_F(VerifyTableTest, WhatArrivesMeanwhileWasInFlight) {
  Forget(&target_, "c");
  Forget(&target_, "d");
  // The four ranges are scanned first; the fifth scan is the second look.
  target_.before_scan = [this] {
    if (target_.scans == 5) target_.Put("t", "c", "q", 1, "v");
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.in_flight, 1u);
  EXPECT_EQ(result.suspects.missing, 1u);
  ASSERT_EQ(collector_.findings.size(), 1u);
  EXPECT_EQ(collector_.findings[0].row, "d");
}

TEST_F(VerifyTableTest, ARowThatDiffersOnlyAtTheSecondLookIsNotNamed) {
  Forget(&target_, "c");
  target_.before_scan = [this] {
    if (target_.scans == 5) {
      target_.Put("t", "c", "q", 1, "v");
      Forget(&target_, "b");
    }
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kSame);
  EXPECT_EQ(result.in_flight, 1u);
}

TEST_F(VerifyTableTest, ARangeThatCannotBeReadMakesItUnknown) {
  options_.streams = 1;
  source_.fails_at_row = "h";
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  ASSERT_EQ(result.unverified.size(), 3u);
  EXPECT_EQ(result.unverified[0].range, (KeyRange{"g", "m"}));
  EXPECT_THAT(result.unverified[0].why, HasSubstr("told to fail"));
  EXPECT_THAT(result.unverified[2].why, HasSubstr("not begun"));
}

TEST_F(VerifyTableTest, AStopIsHeardWithinASecondAndWhatIsNotDoneIsNamed) {
  Governor governor(GovernorLimits{0, 0, 10});  // rows a second: some three seconds for all
  options_.governor = &governor;
  options_.streams = 1;
  options_.settle = absl::Seconds(30);
  Forget(&target_, "b");
  const TablePair pair{&source_, &target_, *TableName::Parse("t"), *TableName::Parse("t"),
                       {"f"},    1};
  const absl::Time start = absl::Now();
  const TableResult result = RunCoro(VerifyAndStop(pair, options_, &collector_));
  EXPECT_LT(absl::Now() - start, absl::Seconds(1));
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  EXPECT_EQ(result.unknown_rows, 1u);  // found, and not looked at again
  std::vector<KeyRange> left_out;
  for (const UnverifiedRange& range : result.unverified) {
    EXPECT_THAT(range.why, HasSubstr("stopped"));
    left_out.push_back(range.range);
  }
  ASSERT_EQ(left_out.size(), 4u);
  // The one that was being read is left out from where the walk stood.
  EXPECT_GE(left_out[0].start, "g");
  EXPECT_EQ(left_out[0].stop, "m");
  left_out.erase(left_out.begin());
  EXPECT_THAT(left_out, ElementsAre(OneRow("b"), KeyRange{"m", "p"}, KeyRange{"p", ""}));
}

TEST_F(VerifyTableTest, AStopIsHeardWhileItWaitsToLookAgain) {
  Governor governor;
  options_.governor = &governor;
  options_.settle = absl::Seconds(30);
  Forget(&target_, "b");
  const TablePair pair{&source_, &target_, *TableName::Parse("t"), *TableName::Parse("t"),
                       {"f"},    1};
  const absl::Time start = absl::Now();
  const TableResult result = RunCoro(VerifyAndStop(pair, options_, &collector_));
  EXPECT_LT(absl::Now() - start, absl::Seconds(1));
  EXPECT_EQ(result.unknown_rows, 1u);
  EXPECT_EQ(result.rows_source, 26u);
}

TEST_F(VerifyTableTest, ProvenDriftStaysDriftWhenTheRestFails) {
  options_.confirm = Confirm::kNone;
  options_.streams = 1;
  Forget(&target_, "a");
  source_.fails_at_row = "h";
  EXPECT_EQ(Verify().verdict(), Verdict::kDrift);
}

TEST_F(VerifyTableTest, SuspectsThatCannotBeReadAgainAreUnknown) {
  Forget(&target_, "c");
  target_.before_scan = [this] {
    if (target_.scans == 5) source_.fails_at_row = "";
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  EXPECT_EQ(result.unknown_rows, 1u);
  EXPECT_EQ(result.in_flight, 0u);
}

class WithBarrierTest : public VerifyTableTest {
 protected:
  WithBarrierTest() {
    options_.confirm = Confirm::kBarrier;
    options_.barriers.forward = &barrier_;
    options_.confirming.between = absl::Milliseconds(1);
  }

  FakeBarrier barrier_;
};

TEST_F(WithBarrierTest, WithoutADifferenceNoBarrierIsNeeded) {
  EXPECT_EQ(Verify().verdict(), Verdict::kSame);
  EXPECT_EQ(barrier_.passes, 0);
}

TEST_F(WithBarrierTest, DriftIsConfirmedAndWhatWasInFlightIsNot) {
  Forget(&target_, "c");
  Forget(&source_, "z");
  Forget(&target_, "k");
  barrier_.on_pass = [this](int) {
    target_.Put("t", "k", "q", 1, "v");
    return absl::OkStatus();
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kDrift);
  EXPECT_EQ(result.drift.missing, 1u);
  EXPECT_EQ(result.drift.extra, 1u);
  EXPECT_EQ(result.in_flight, 1u);
  EXPECT_EQ(result.suspects.Sum(), 0u);
  EXPECT_EQ(result.unknown_rows, 0u);
  EXPECT_EQ(result.barrier, BarrierKind::kPositionAndHeartbeat);
  ASSERT_EQ(collector_.findings.size(), 2u);
  EXPECT_EQ(collector_.findings[0].confirmed_by, "position+heartbeat");
  EXPECT_EQ(barrier_.passes, 2);  // one for all ranges, twice
}

TEST_F(WithBarrierTest, WhenTheBarrierFailsRowsAreUnknownAndNamed) {
  Forget(&target_, "c");
  Forget(&target_, "x");
  barrier_.on_pass = [](int) { return absl::FailedPreconditionError("the peer is disabled"); };
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  EXPECT_EQ(result.unknown_rows, 2u);
  EXPECT_EQ(result.suspects.Sum(), 0u);
  ASSERT_EQ(result.unverified.size(), 2u);
  EXPECT_EQ(result.unverified[0].range, (KeyRange{"c", NextKey("c")}));
  EXPECT_EQ(result.unverified[0].why, "the peer is disabled");
  EXPECT_EQ(barrier_.passes, 1);
}

TEST_F(WithBarrierTest, ARowThatCannotBeReadAgainIsUnknown) {
  Forget(&target_, "c");
  Forget(&target_, "d");
  barrier_.on_pass = [this](int pass) {
    if (pass == 2) source_.fails_at_row = "";
    return absl::OkStatus();
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  EXPECT_EQ(result.unknown_rows, 2u);
  EXPECT_EQ(result.in_flight, 0u);
}

TEST_F(VerifyTableTest, ATableThatIsNotThereIsAnError) {
  target_.tables.clear();
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kUnknown);
  EXPECT_EQ(*result.error, "b has no table t");
}

TEST_F(VerifyTableTest, ASampleReadsAFewRowsAndSaysHowSureItIs) {
  for (int i = 0; i < 3000; ++i) {
    for (FakeCluster* side : {&source_, &target_})
      side->Put("t", fmt::format("row{:04}", i), "q", 1, "v");
  }
  options_.sample = SampleRequest{0.05, 0, 3};
  const TableResult same = Verify();
  EXPECT_EQ(same.verdict(), Verdict::kSame);
  EXPECT_GT(same.sample->rows, 80u);
  EXPECT_LT(same.sample->rows, 300u);
  EXPECT_EQ(same.sample->rows, same.rows_source);
  EXPECT_GT(*same.sample->max_rate_ppm, 10'000u);
  EXPECT_LT(*same.sample->max_rate_ppm, 100'000u);
  options_.confirm = Confirm::kNone;
  target_.tables.begin()->second.rows.clear();
  const TableResult drifted = Verify();
  EXPECT_EQ(drifted.verdict(), Verdict::kDrift);
  EXPECT_EQ(drifted.sample->max_rate_ppm, std::nullopt);
}

TEST_F(VerifyTableTest, MarksAreCountedAndNoDrift) {
  target_.Store("t", "c", "q", 0, CellType::kDeleteColumn);
  raw_ = true;
  for (const Confirm confirm : {Confirm::kNone, Confirm::kRecheck}) {
    options_.confirm = confirm;
    const TableResult result = Verify();
    EXPECT_EQ(result.verdict(), Verdict::kSame);
    EXPECT_EQ(result.drift.marks, 1u);
    EXPECT_EQ(result.in_flight, 0u);
  }
}

TEST_F(VerifyTableTest, OnlyTheRangeAskedFor) {
  options_.range = {"c", "f"};
  Forget(&target_, "z");
  const TableResult result = Verify();
  EXPECT_EQ(result.verdict(), Verdict::kSame);
  EXPECT_EQ(result.rows_source, 3u);
}

}  // namespace
}  // namespace twinwatch
