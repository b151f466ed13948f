#include "verifier/run/future_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

constexpr uint64_t kNowMs = 1'795'451'884'000;
constexpr uint64_t kFirstMs = kNowMs + 60'000;  // of the future
constexpr uint64_t kHourMs = 3'600'000;

class FutureCellsTest : public ::testing::Test {
 protected:
  FutureCellsTest() {
    target_.AddTable("t", {"g", "p"});
    for (char c = 'a'; c <= 'z'; ++c) Put(std::string(1, c), kNowMs);
    scan_ = {&target_, *TableName::Parse("t"), {}, {"f"}, kMostFutureCells};
  }

  void Put(const std::string& row, uint64_t timestamp_ms, const std::string& qualifier = "q") {
    target_.Store("t", row, qualifier, timestamp_ms, CellType::kPut, "v");
  }

  StatusOr<FutureCells> Find() {
    Governor governor;
    return RunCoro(FindFutureCells(scan_, &governor, [this] { return Clock(); }));
  }
  absl::Time Clock() { return absl::FromUnixMillis(static_cast<int64_t>(now_ms_)); }

  FakeCluster target_{"b"};
  FutureScan scan_;
  uint64_t now_ms_ = kNowMs;
};

TEST_F(FutureCellsTest, NoneAmongWhatWasWrittenUntilNow) {
  Put("c", kFirstMs - 1);
  const StatusOr<FutureCells> found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  FutureCells none;
  none.as_of = Clock();
  EXPECT_EQ(*found, none);
}

TEST_F(FutureCellsTest, TheMarginItselfIsTheFuture) {
  Put("c", kFirstMs);
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 1u);
  EXPECT_EQ(found.markers, 0u);
  EXPECT_EQ(found.furthest_ms, kFirstMs);
  EXPECT_FALSE(found.at_least);
  EXPECT_THAT(found.rows, ElementsAre(FutureRow{"c", "f", kFirstMs, false}));
}

TEST_F(FutureCellsTest, AMarkerAlone) {
  target_.Store("t", "c", "", kNowMs + kHourMs, CellType::kDeleteFamily);
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 0u);
  EXPECT_EQ(found.markers, 1u);
  EXPECT_THAT(found.rows, ElementsAre(FutureRow{"c", "f", kNowMs + kHourMs, true}));
}

TEST_F(FutureCellsTest, APutThatAMarkerHidesAndEachOfItsVersions) {
  Put("c", kNowMs + kHourMs);
  Put("c", kNowMs + kHourMs + 1);
  target_.Store("t", "c", "q", kNowMs + kHourMs + 2, CellType::kDeleteColumn);
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 2u);
  EXPECT_EQ(found.markers, 1u);
  EXPECT_THAT(found.rows, ElementsAre(FutureRow{"c", "f", kNowMs + kHourMs + 2, true}));
}

TEST_F(FutureCellsTest, TheLastTimestampsThatThereAre) {
  Put("c", uint64_t{INT64_MAX} - 1);
  Put("d", uint64_t{INT64_MAX});  // HBase itself does not show it; see the header
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 2u);
  EXPECT_EQ(found.furthest_ms, uint64_t{INT64_MAX});
  EXPECT_EQ(found.rows[0].timestamp_ms, uint64_t{INT64_MAX} - 1);
}

TEST_F(FutureCellsTest, OnlyTheFamiliesThatAreAskedFor) {
  target_.tables.begin()->second.rows["c"].push_back(
      {"c", "local", "q", kNowMs + kHourMs, CellType::kPut, "v"});
  EXPECT_EQ(Find()->Sum(), 0u);
  scan_.families.push_back("local");
  EXPECT_THAT(Find()->rows, ElementsAre(FutureRow{"c", "local", kNowMs + kHourMs, false}));
}

TEST_F(FutureCellsTest, InEveryRegionAndOnlyInTheRange) {
  target_.empty_batches = true;
  target_.yields = true;
  for (const char* row : {"b", "h", "z"}) Put(row, kNowMs + kHourMs);
  EXPECT_EQ(Find()->cells, 3u);
  scan_.range = {"c", "z"};
  EXPECT_EQ(Find()->cells, 1u);
}

TEST_F(FutureCellsTest, ARowInPiecesCountsOnce) {
  for (int i = 0; i < 8; ++i) Put("c", kNowMs + kHourMs, "q" + std::to_string(i));
  target_.cells_per_batch = 3;
  target_.lost_rows = {"c"};
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 8u);
  EXPECT_THAT(found.rows, ElementsAre(FutureRow{"c", "f", kNowMs + kHourMs, false}));
}

TEST_F(FutureCellsTest, StopsBehindSoMany) {
  scan_.most = 5;
  for (char c = 'a'; c < 'f'; ++c) Put(std::string(1, c), kNowMs + kHourMs);
  EXPECT_EQ(Find()->cells, 5u);
  EXPECT_FALSE(Find()->at_least);
  Put("x", kNowMs + 2 * kHourMs);
  target_.fails_at_row = "y";
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 5u);
  EXPECT_TRUE(found.at_least);
  EXPECT_EQ(found.furthest_ms, kNowMs + kHourMs);
}

TEST_F(FutureCellsTest, StopsInTheMiddleOfARowToo) {
  scan_.most = 5;
  for (int i = 0; i < 8; ++i) Put("c", kNowMs + kHourMs, "q" + std::to_string(i));
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 5u);
  EXPECT_TRUE(found.at_least);
  EXPECT_EQ(found.rows.size(), 1u);
}

TEST_F(FutureCellsTest, ShowsTheFirstRows) {
  for (char c = 'a'; c <= 'z'; ++c) Put(std::string(1, c), kNowMs + kHourMs);
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 26u);
  ASSERT_EQ(found.rows.size(), kMostFutureRows);
  EXPECT_EQ(found.rows.back().row, "j");
}

TEST_F(FutureCellsTest, ARegionThatCannotBeReadIsNoZero) {
  Put("x", kNowMs + kHourMs);
  target_.fails_at_row = "p";
  const StatusOr<FutureCells> found = Find();
  EXPECT_EQ(found.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(Text(found.status())), HasSubstr("cells of the future in t: the fake"));
}

TEST_F(FutureCellsTest, WhatWasFoundBeforeAnErrorIsTheLeast) {
  Put("c", kNowMs + kHourMs);
  Put("x", kNowMs + kHourMs);
  target_.cells_per_batch = 1;
  target_.fails_at_row = "p";
  const FutureCells found = *Find();
  EXPECT_EQ(found.cells, 1u);
  EXPECT_TRUE(found.at_least);
}

TEST_F(FutureCellsTest, AGovernorThatIsStoppedIsAnError) {
  Governor governor;
  governor.Stop();
  const auto found = RunCoro(FindFutureCells(scan_, &governor, &absl::Now));
  EXPECT_EQ(found.status().code(), absl::StatusCode::kCancelled);
}

// The scan waits for two hours. What was written then with the time of then is of no future.
TEST_F(FutureCellsTest, WhatIsWrittenWhileTheScanWaitsIsNotOfTheFuture) {
  Put("c", kNowMs + 2 * kHourMs);
  Put("d", kNowMs + 2 * kHourMs + 60'000);
  target_.before_scan = [this] { now_ms_ += 2 * kHourMs; };
  const FutureCells found = *Find();
  EXPECT_THAT(found.rows, ElementsAre(FutureRow{"d", "f", kNowMs + 2 * kHourMs + 60'000, false}));
  EXPECT_EQ(found.as_of, absl::FromUnixMillis(kNowMs));
}

// A piece that starts anew makes void what came of a row that never ended.
TEST(FutureCount, ARowThatIsGoneIsNotCounted) {
  FutureCount count(10);
  const absl::Time now = absl::FromUnixMillis(kNowMs);
  const CellView lost{"c", "f", "q", kNowMs + kHourMs, CellType::kPut, ""};
  const CellView there{"d", "f", "q", kNowMs + kHourMs + 1, CellType::kPut, ""};
  count.Add({"c", 0, 1, true, false}, {&lost, 1}, now);
  count.Add({"d", 0, 1, true, true}, {&there, 1}, now);
  count.Add({"e", 0, 1, true, false}, {&lost, 1}, now);
  const FutureCells found = count.Take();
  EXPECT_EQ(found.cells, 1u);
  EXPECT_THAT(found.rows, ElementsAre(FutureRow{"d", "f", kNowMs + kHourMs + 1, false}));
}

}  // namespace
}  // namespace twinwatch
