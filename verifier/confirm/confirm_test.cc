#include "verifier/confirm/confirm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/fakes/fake_barrier.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using twinwatch::testing::FakeBarrier;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

struct Verdicts : public ConfirmObserver {
  std::map<std::string, DriftClass> drift;
  std::map<std::string, BarrierKind> confirmed_by;
  std::map<std::string, std::string> unknown;

  void OnDrift(const ConfirmedRow& row) override {
    EXPECT_TRUE(drift.emplace(std::string(row.row), row.drift.drift_class).second) << row.row;
    confirmed_by[std::string(row.row)] = row.confirmed_by;
  }
  void OnUnknown(std::string_view row, std::string_view why) override {
    EXPECT_TRUE(unknown.emplace(std::string(row), std::string(why)).second) << row;
  }
  void OnWait(std::string_view) override {}
};

class ConfirmTest : public ::testing::Test {
 protected:
  ConfirmTest() {
    source_.AddTable("t");
    target_.AddTable("t");
    options_.between = absl::Milliseconds(1);
    barriers_.forward = &barrier_;
  }

  void PutBoth(const std::string& row, const std::string& value = "v", uint64_t time = 1) {
    source_.Put("t", row, "q", time, value);
    target_.Put("t", row, "q", time, value);
  }
  static void Forget(FakeCluster* side, const std::string& row) {
    side->tables.begin()->second.rows.erase(row);
  }

  // All rows of the table are suspects.
  Status Confirm() {
    ConfirmSides sides;
    sides.source = &source_;
    sides.target = &target_;
    sides.source_scan.table = sides.target_scan.table = *TableName::Parse("t");
    sides.edges = edges_;
    ConfirmBatch batch;
    batch.spans = {{"", "m"}, {"m", ""}};
    while (!batch.spans.empty()) {
      batch.contains = [](std::string_view) { return true; };
      ++batches_;
      StatusOr<std::vector<KeyRange>> put_off =
          RunCoro(ConfirmSuspects(sides, barriers_, batch, options_, &verdicts_));
      if (!put_off.ok()) return put_off.status();
      batch.spans = *std::move(put_off);
    }
    return absl::OkStatus();
  }

  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  FakeBarrier barrier_;
  ConfirmBarriers barriers_;
  ConfirmOptions options_;
  TtlEdges edges_;
  Verdicts verdicts_;
  int batches_ = 0;
};

TEST_F(ConfirmTest, WhatArrivesBeforeTheBarrierPassesWasInFlight) {
  source_.Put("t", "late", "q", 1, "v");
  barrier_.on_pass = [this](int) {
    target_.Put("t", "late", "q", 1, "v");
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, IsEmpty());
  EXPECT_EQ(barrier_.passes, 1);
}

TEST_F(ConfirmTest, TwoSandwichesMakeDriftOfEachClass) {
  source_.Put("t", "missing", "q", 1, "v");
  target_.Put("t", "extra", "q", 1, "v");
  source_.Put("t", "value", "q", 1, "v");
  target_.Put("t", "value", "q", 1, "w");
  PutBoth("cells");
  target_.Put("t", "cells", "r", 1, "v");
  PutBoth("same");
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(
      verdicts_.drift,
      ElementsAre(Pair("cells", DriftClass::kCells), Pair("extra", DriftClass::kExtra),
                  Pair("missing", DriftClass::kMissing), Pair("value", DriftClass::kValue)));
  EXPECT_THAT(verdicts_.unknown, IsEmpty());
  EXPECT_EQ(barrier_.passes, 2);
}

TEST_F(ConfirmTest, TheWeakerOfTwoBarriersIsNamed) {
  source_.Put("t", "r", "q", 1, "v");
  barrier_.kinds = {BarrierKind::kPositionAndHeartbeat, BarrierKind::kPosition};
  ASSERT_TRUE(Confirm().ok());
  EXPECT_EQ(verdicts_.confirmed_by.at("r"), BarrierKind::kPosition);
}

// The target may show an edit before the source's readers do, and a value may go and come back.
TEST_F(ConfirmTest, OneSandwichAloneProvesNothing) {
  PutBoth("ahead", "old");
  target_.Put("t", "ahead", "q", 2, "new");
  barrier_.on_pass = [this](int pass) {
    if (pass == 2) source_.Put("t", "ahead", "q", 2, "new");
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, IsEmpty());
  EXPECT_EQ(barrier_.passes, 2);
}

TEST_F(ConfirmTest, AnotherDifferenceTheSecondTimeIsNotYetDrift) {
  PutBoth("r", "a");
  target_.Put("t", "r", "q", 1, "b");
  barrier_.on_pass = [this](int pass) {
    target_.Put("t", "r", "q", 1, "b" + std::to_string(std::min(pass, 3)));
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_EQ(verdicts_.drift.at("r"), DriftClass::kValue);
  EXPECT_EQ(barrier_.passes, 4);
}

TEST_F(ConfirmTest, ATargetThatShowsWhatTheSourceHadIsInFlight) {
  PutBoth("r", "a");
  barrier_.on_pass = [this](int) {
    source_.Put("t", "r", "q", 2, "b");  // after S1, not yet shipped
    return absl::OkStatus();
  };
  source_.Put("t", "r", "q", 1, "a");
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, IsEmpty());
  EXPECT_EQ(barrier_.passes, 1);
}

TEST_F(ConfirmTest, ARowThatKeepsChangingEndsAsUnknown) {
  PutBoth("hot", "0");
  int n = 0;
  barrier_.on_pass = [this, &n](int) {
    source_.Put("t", "hot", "q", 10, std::to_string(++n));
    target_.Put("t", "hot", "q", 10, "x" + std::to_string(n));
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, IsEmpty());
  EXPECT_THAT(verdicts_.unknown, ElementsAre(Pair("hot", HasSubstr("kept changing"))));
  EXPECT_EQ(barrier_.passes, options_.max_turns);
}

TEST_F(ConfirmTest, AColumnThatStandsStillIsDriftWhileAnotherKeepsChanging) {
  PutBoth("r");
  target_.Put("t", "r", "q", 1, "other");
  int n = 0;
  barrier_.on_pass = [this, &n](int) {
    source_.Put("t", "r", "hot", 10, std::to_string(++n));
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_EQ(verdicts_.drift.at("r"), DriftClass::kValue);
}

TEST_F(ConfirmTest, WithoutTheFirstBarrierNothingIsKnown) {
  source_.Put("t", "r", "q", 1, "v");
  barrier_.on_pass = [](int) { return absl::DeadlineExceededError("too slow"); };
  EXPECT_EQ(Confirm().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(verdicts_.drift, IsEmpty());
}

TEST_F(ConfirmTest, WhatIsLeftWhenALaterBarrierFailsIsUnknown) {
  source_.Put("t", "r", "q", 1, "v");
  source_.Put("t", "late", "q", 1, "v");
  barrier_.on_pass = [this](int pass) -> Status {
    target_.Put("t", "late", "q", 1, "v");
    if (pass == 1) return absl::OkStatus();
    return absl::FailedPreconditionError("peer 1 is disabled");
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.unknown, ElementsAre(Pair("r", HasSubstr("disabled"))));
}

TEST_F(ConfirmTest, AScanThatFailsMakesNoVerdict) {
  source_.Put("t", "r", "q", 1, "v");
  barrier_.on_pass = [this](int pass) {
    if (pass == 2) source_.fails_at_row = "";
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, IsEmpty());
  EXPECT_THAT(verdicts_.unknown, ElementsAre(Pair("r", HasSubstr("told to fail"))));
}

TEST_F(ConfirmTest, OnATwoWayPairTheTargetsOwnWritesAreInFlightToo) {
  FakeBarrier backward;
  barriers_.backward = &backward;
  target_.Put("t", "theirs", "q", 1, "v");
  source_.Put("t", "missing", "q", 1, "v");
  target_.Put("t", "extra", "q", 1, "v");
  backward.on_pass = [this](int) {
    source_.Put("t", "theirs", "q", 1, "v");
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, ElementsAre(Pair("extra", DriftClass::kExtra),
                                           Pair("missing", DriftClass::kMissing)));
  EXPECT_EQ(backward.passes, 2);
}

TEST_F(ConfirmTest, OnATwoWayPairAColumnThatChangesOnBothSidesIsLookedAtAgain) {
  FakeBarrier backward;
  barriers_.backward = &backward;
  source_.Put("t", "r", "q", 1, "a");
  target_.Put("t", "r", "q", 1, "b");
  backward.on_pass = [this](int pass) {
    if (pass == 1) target_.Put("t", "r", "q", 5, "theirs");
    if (pass == 2) source_.Put("t", "r", "q", 5, "theirs");
    return absl::OkStatus();
  };
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, IsEmpty());
  EXPECT_EQ(backward.passes, 2);
}

TEST_F(ConfirmTest, LittleMemoryMakesMoreBatchesAndTheSameVerdicts) {
  options_.max_bytes = 1000;
  std::map<std::string, DriftClass> expected;
  for (int i = 0; i < 100; ++i) {
    const std::string row = fmt::format("{:02}", i);
    const auto drift_class = static_cast<DriftClass>(i % 3);
    if (i % 4 == 3) {
      PutBoth(row);
      continue;
    }
    expected[row] = drift_class;
    if (drift_class != DriftClass::kExtra) source_.Put("t", row, "q", 1, "v");
    if (drift_class != DriftClass::kMissing) target_.Put("t", row, "q", 1, "w");
  }
  ASSERT_TRUE(Confirm().ok());
  EXPECT_EQ(verdicts_.drift, expected);
  EXPECT_GT(batches_, 5);
}

TEST_F(ConfirmTest, CellsAtTheEdgeOfTheirTtlAreLeftOut) {
  edges_ = TtlEdges({{"f", 100'000}}, absl::Seconds(60));
  const auto now_ms = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  source_.Put("t", "expires", "q", now_ms - 99'000, "v");
  source_.Put("t", "fresh", "q", now_ms, "v");
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, ElementsAre(Pair("fresh", DriftClass::kMissing)));
}

TEST_F(ConfirmTest, WideRowsInPiecesAreJudgedByColumn) {
  for (int i = 0; i < 50; ++i) {
    source_.Put("t", "wide", fmt::format("{:03}", i), 1, "v");
    target_.Put("t", "wide", fmt::format("{:03}", i), 1, i == 33 ? "w" : "v");
  }
  source_.lost_rows = {"wide"};
  ASSERT_TRUE(Confirm().ok());
  EXPECT_THAT(verdicts_.drift, ElementsAre(Pair("wide", DriftClass::kValue)));
}

}  // namespace
}  // namespace twinwatch
