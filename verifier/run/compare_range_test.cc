#include "verifier/run/compare_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

class Collector : public CompareObserver {
 public:
  std::vector<std::pair<std::string, DriftClass>> rows;
  size_t stop_after = SIZE_MAX;

  bool OnDifference(const RowDifference& difference) override {
    rows.emplace_back(difference.row, difference.drift_class.value_or(DriftClass::kMarks));
    return rows.size() < stop_after;
  }
  void OnProgress(std::string_view, uint64_t, uint64_t) override {}
};

class CompareRangeTest : public ::testing::Test {
 protected:
  CompareRangeTest() {
    source_.AddTable("t");
    target_.AddTable("t");
  }

  void PutBoth(const std::string& row, const std::string& qualifier, const std::string& value) {
    source_.Put("t", row, qualifier, 1, value);
    target_.Put("t", row, qualifier, 1, value);
  }

  StatusOr<RangeDone> Compare(KeyRange range = {}, ClassOf class_of = ClassOf::kAllRows) {
    collector_.rows.clear();
    Governor governor;
    pair_.source = &source_;
    pair_.target = &target_;
    return RunCoro(CompareRange(pair_, std::move(range), class_of, &governor, &collector_));
  }

  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  Collector collector_;
  TablePair pair_{nullptr, nullptr, *TableName::Parse("t"), *TableName::Parse("t"), {"f"}, 1};
};

TEST_F(CompareRangeTest, EqualTablesHaveEqualDigests) {
  for (int i = 0; i < 50; ++i) PutBoth("r" + std::to_string(i), "q", "v");
  const auto done = Compare();
  ASSERT_TRUE(done.ok());
  EXPECT_THAT(collector_.rows, IsEmpty());
  EXPECT_EQ(done->source.rows, 50u);
  EXPECT_EQ(done->source.sum, done->target.sum);
}

TEST_F(CompareRangeTest, NamesEachClassRowByRow) {
  for (const char* row : {"b", "d", "f", "h"}) PutBoth(row, "q", "v");
  source_.Put("t", "c", "q", 1, "only here");
  target_.Put("t", "a", "q", 1, "before the first");
  target_.Put("t", "e", "q", 1, "inside");
  target_.Put("t", "z", "q", 1, "behind the last");
  target_.Put("t", "f", "q", 1, "w");
  target_.Put("t", "h", "q", 2, "v");
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows,
              ElementsAre(std::pair("a", DriftClass::kExtra), std::pair("c", DriftClass::kMissing),
                          std::pair("e", DriftClass::kExtra), std::pair("f", DriftClass::kValue),
                          std::pair("h", DriftClass::kCells), std::pair("z", DriftClass::kExtra)));
}

TEST_F(CompareRangeTest, OneSideIsEmpty) {
  target_.Put("t", "a", "q", 1, "v");
  target_.Put("t", "b", "q", 1, "v");
  ASSERT_TRUE(Compare().ok());
  EXPECT_EQ(collector_.rows.size(), 2u);
}

TEST_F(CompareRangeTest, WideRowsAreReadAgainForTheirClass) {
  for (int i = 0; i < 40; ++i) PutBoth("wide", "q" + std::to_string(100 + i), "v");
  PutBoth("x", "q", "v");
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, IsEmpty());
  target_.Put("t", "wide", "q120", 1, "another");
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("wide", DriftClass::kValue)));
  target_.Put("t", "wide", "q999", 1, "one more");
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("wide", DriftClass::kCells)));
}

TEST_F(CompareRangeTest, AWideRowOnOneSideOnly) {
  for (int i = 0; i < 40; ++i) source_.Put("t", "wide", "q" + std::to_string(100 + i), 1, "v");
  PutBoth("x", "q", "v");
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("wide", DriftClass::kMissing)));
}

TEST_F(CompareRangeTest, ALostScannerInAWideRowChangesNothing) {
  for (int i = 0; i < 10; ++i) PutBoth("wide", "q" + std::to_string(i), "v");
  PutBoth("x", "q", "v");
  source_.lost_rows = {"wide"};
  const auto done = Compare();
  ASSERT_TRUE(done.ok());
  EXPECT_THAT(collector_.rows, IsEmpty());
  EXPECT_EQ(done->source.cells, 11u);
  EXPECT_TRUE(source_.lost_rows.empty()) << "the fake never lost its scanner";
}

TEST_F(CompareRangeTest, StopsBehindTheRowWhenTold) {
  for (const char* row : {"a", "b", "c"}) source_.Put("t", row, "q", 1, "v");
  collector_.stop_after = 2;
  const auto done = Compare();
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->stopped_at, NextKey("b"));
  collector_.stop_after = SIZE_MAX;
  ASSERT_TRUE(Compare({NextKey("b"), ""}).ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("c", DriftClass::kMissing)));
}

TEST_F(CompareRangeTest, AnErrorIsAnErrorAndNotSame) {
  for (const char* row : {"a", "b", "c", "d", "e"}) PutBoth(row, "q", "v");
  target_.fails_at_row = "d";
  EXPECT_EQ(Compare().status().code(), absl::StatusCode::kUnavailable);
}

// What a flush threw away on one side: readers see the same, a closed window does not.
TEST_F(CompareRangeTest, RowsThatDifferInAWindowAreJudgedWhole) {
  for (const char* row : {"a", "b", "c"}) {
    for (FakeCluster* side : {&source_, &target_})
      side->Store("t", row, "q", 20, CellType::kPut, "new");
  }
  source_.Store("t", "b", "q", 10, CellType::kPut, "old");
  target_.Store("t", "c", "q", 30, CellType::kPut, "another");
  target_.Store("t", "d", "q", 12, CellType::kPut, "only here");
  pair_.since_ms = 5;
  pair_.until_ms = 15;
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("d", DriftClass::kExtra)));
  pair_.until_ms.reset();
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows,
              ElementsAre(std::pair("c", DriftClass::kCells), std::pair("d", DriftClass::kExtra)));
}

TEST_F(CompareRangeTest, AWindowChoosesTheRowAndTheWholeRowIsItsClass) {
  source_.Store("t", "a", "q", 20, CellType::kPut,
                "v");  // in the window it is missing, as a whole it has other cells
  for (FakeCluster* side : {&source_, &target_}) side->Store("t", "a", "p", 1, CellType::kPut, "v");
  pair_.since_ms = 10;
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("a", DriftClass::kCells)));
}

TEST_F(CompareRangeTest, ManyMoreRowsInAWindowThanAreKeptAtOnce) {
  for (int i = 0; i < 2500; ++i) {
    const std::string row = "r" + std::to_string(10000 + i);
    PutBoth(row, "old", "v");
    source_.Store("t", row, "q", 20, CellType::kPut, "v");
  }
  pair_.since_ms = 10;
  const auto done = Compare();
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(collector_.rows.size(), 2500u);
  EXPECT_TRUE(std::is_sorted(collector_.rows.begin(), collector_.rows.end()));
  EXPECT_EQ(done->source.rows, 2500u);
  EXPECT_EQ(done->target.rows, 0u);
}

TEST_F(CompareRangeTest, RawAddsMarksAndChangesNothingElse) {
  for (const char* row : {"a", "b", "d", "f"}) PutBoth(row, "q", "v");
  target_.Put("t", "d", "q", 1, "w");
  source_.Store("t", "b", "q", 0, CellType::kDeleteColumn);  // hides nothing
  source_.Store("t", "c", "q", 1, CellType::kPut,
                "gone");  // deleted, and compacted on the other side
  source_.Store("t", "c", "", 2, CellType::kDeleteFamily);
  source_.Store("t", "f", "q", 0, CellType::kPut, "hidden");  // an older version: no marker
  source_.Store("t", "h", "q", 1, CellType::kPut, "gone");    // on both sides, but stored here only
  target_.Store("t", "g", "", 2, CellType::kDeleteFamily);
  for (FakeCluster* side : {&source_, &target_})
    side->Store("t", "h", "", 2, CellType::kDeleteFamily);
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("d", DriftClass::kValue)));
  pair_.raw = true;
  const auto done = Compare();
  ASSERT_TRUE(done.ok());
  EXPECT_THAT(collector_.rows,
              ElementsAre(std::pair("b", DriftClass::kMarks), std::pair("c", DriftClass::kMarks),
                          std::pair("d", DriftClass::kValue), std::pair("g", DriftClass::kMarks)));
  EXPECT_EQ(done->source.rows, 4u);
}

// A row in pieces is only digested as it flows by: of it too the markers alone count.
TEST_F(CompareRangeTest, RawLooksAtTheMarkersOfWideRowsAlone) {
  for (const char* row : {"hidden", "marker", "marker on one side", "same"}) {
    for (int i = 0; i < 10; ++i) PutBoth(row, "q" + std::to_string(i), "v");
  }
  for (int i = 0; i < 10; ++i) {
    source_.Store("t", "hidden", "q" + std::to_string(i), 0, CellType::kPut, "old");
    source_.Store("t", "not shown", "q" + std::to_string(i), 0, CellType::kPut, "deleted");
  }
  for (FakeCluster* side : {&source_, &target_}) {
    side->Store("t", "not shown", "", 2, CellType::kDeleteFamily);
    side->Store("t", "same", "q0", 0, CellType::kDeleteColumn);
    side->Store("t", "marker", "q0", 0, CellType::kDeleteColumn);
  }
  source_.Store("t", "marker", "q9", 0, CellType::kDeleteColumn);
  target_.Store("t", "marker on one side", "q9", 0, CellType::kDeleteColumn);
  pair_.raw = true;
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("marker", DriftClass::kMarks),
                                           std::pair("marker on one side", DriftClass::kMarks)));
}

// The delete that the target lost is younger than the window's beginning, the put that it should
// hide is older.
TEST_F(CompareRangeTest, ALostDeleteIsFoundInAWindowOnlyByItsMarker) {
  PutBoth("a", "q", "v");
  source_.Store("t", "a", "", 20, CellType::kDeleteFamily);
  pair_.since_ms = 10;
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, IsEmpty());
  pair_.raw = true;
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("a", DriftClass::kExtra)));
}

TEST_F(CompareRangeTest, RawWithAWindowNamesARowOnce) {
  PutBoth("a", "q", "v");
  PutBoth("b", "q", "v");
  source_.Store("t", "a", "q", 20, CellType::kPut, "new");
  source_.Store("t", "b", "x", 20, CellType::kDeleteColumn);
  pair_.since_ms = 10;
  pair_.raw = true;
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows,
              ElementsAre(std::pair("a", DriftClass::kCells), std::pair("b", DriftClass::kMarks)));
}

TEST_F(CompareRangeTest, KeysOnlyDoesNotSeeValues) {
  PutBoth("a", "q", "v");
  PutBoth("b", "q", "v");
  target_.Put("t", "a", "q", 1, "w");
  target_.Put("t", "b", "q", 2, "v");
  pair_.keys_only = true;
  ASSERT_TRUE(Compare().ok());
  EXPECT_THAT(collector_.rows, ElementsAre(std::pair("b", DriftClass::kCells)));
}

// Random tables, random cuts into batches, scanners lost: exactly the rows that differ are named.
TEST_F(CompareRangeTest, FindsExactlyWhatWasPlanted) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    for (FakeCluster* side : {&source_, &target_}) {
      side->tables.begin()->second.rows.clear();
      side->cells_per_batch = 1 + random() % 7;
      side->empty_batches = random() % 4 == 0;
    }
    std::vector<std::string> planted;
    for (int i = 0; i < 30; ++i) {
      const std::string row = "r" + std::to_string(100 + i);
      const uint32_t width = 1 + random() % 9;
      for (uint32_t q = 0; q < width; ++q) PutBoth(row, "q" + std::to_string(q), "v");
      if (random() % 10 == 0) source_.lost_rows.insert(row);
      if (random() % 10 == 0) target_.lost_rows.insert(row);
      switch (random() % 12) {
        case 0:
          source_.tables.begin()->second.rows.erase(row);
          planted.push_back(row);
          break;
        case 1:
          target_.tables.begin()->second.rows.erase(row);
          planted.push_back(row);
          break;
        case 2:
          target_.Put("t", row, "q0", 1, "w");
          planted.push_back(row);
          break;
        case 3:
          source_.Put("t", row, "q99", 1, "w");
          planted.push_back(row);
          break;
      }
    }
    ASSERT_TRUE(Compare().ok());
    std::vector<std::string> found;
    for (const auto& [row, drift_class] : collector_.rows) found.push_back(row);
    ASSERT_EQ(found, planted) << "round " << round;
  }
}

}  // namespace
}  // namespace twinwatch
