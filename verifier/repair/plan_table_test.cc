#include "verifier/repair/plan_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/repair_fixture.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class PlanTableTest : public testing::RepairTest {
 protected:
  static DriftedRow Row(const std::string& row) {
    return {row, DriftClass::kMissing, "position+heartbeat", false};
  }
};

TEST_F(PlanTableTest, SaysWhatAndHowMuch) {
  source.Put("t", "a", "q", 5, "value");
  source.Put("t", "b", "q", 9, "v");
  target.Put("t", "b", "q", 9, "w");
  const TableMending mending = Plan({Row("a"), Row("b")});
  ASSERT_THAT(mending.ranges, SizeIs(1));
  const PlannedRange& range = mending.ranges.front();
  EXPECT_EQ(range.range, (KeyRange{"a", NextKey("b")}));
  EXPECT_EQ(range.engine, RepairEngine::kDirect);
  EXPECT_EQ(range.since_ms, 5u);
  EXPECT_EQ(range.until_ms, 10u);
  EXPECT_THAT(range.families, ElementsAre("f"));
  EXPECT_EQ(range.rows, 2u);
  EXPECT_GT(range.bytes, 0u);
  EXPECT_GT(range.journal_bytes, 0u);
  EXPECT_EQ(range.drifted[0].journal_bytes, 0u);
  EXPECT_THAT(range.drifted[1].target_puts, SizeIs(1));
}

TEST_F(PlanTableTest, RowsThatAreTheSameByNowAreOnlyCounted) {
  source.Put("t", "a", "q", 5, "v");
  target.Put("t", "a", "q", 5, "v");
  const TableMending mending = Plan({Row("a")});
  EXPECT_THAT(mending.ranges, IsEmpty());
  EXPECT_THAT(mending.refused, IsEmpty());
  EXPECT_EQ(mending.same_now, 1u);
}

TEST_F(PlanTableTest, RowsThatNoWriteMakesTheSameAreNotCountedAsTheSame) {
  source.tables.at(table()).descriptor.families[0].attributes["VERSIONS"] = "1";
  for (testing::FakeCluster* cluster : {&source, &target}) {
    cluster->Store("t", "a", "q", 200, CellType::kPut, "b");
    cluster->Store("t", "a", "q", 100, CellType::kPut, "a");
  }
  DriftedRow row = Row("a");
  row.all_versions = true;
  options.allow_deletes = true;
  const TableMending mending = Plan({row});
  EXPECT_EQ(mending.same_now, 0u);
  EXPECT_THAT(mending.refused, SizeIs(1));
}

TEST_F(PlanTableTest, WhatNoBarrierHasConfirmedIsNotTouched) {
  source.Put("t", "a", "q", 5, "v");
  DriftedRow suspect = Row("a");
  suspect.confirmed_by.reset();
  const TableMending refused = Plan({suspect});
  EXPECT_THAT(refused.ranges, IsEmpty());
  ASSERT_THAT(refused.refused, SizeIs(1));
  EXPECT_THAT(refused.refused[0].why, HasSubstr("--accept-recheck"));
  options.accept_recheck = true;
  EXPECT_THAT(Plan({suspect}).ranges, SizeIs(1));
}

TEST_F(PlanTableTest, ASuspectIsNeverRemoved) {
  target.Put("t", "a", "q", 5, "v");
  options.accept_recheck = true;
  options.allow_deletes = true;
  DriftedRow suspect = Row("a");
  suspect.confirmed_by.reset();
  const TableMending mending = Plan({suspect});
  EXPECT_THAT(mending.ranges, IsEmpty());
  ASSERT_THAT(mending.refused, SizeIs(1));
  EXPECT_THAT(mending.refused[0].why, HasSubstr("barrier"));
  EXPECT_THAT(Plan({Row("a")}).ranges, SizeIs(1));
}

TEST_F(PlanTableTest, RowsOfWhichOnlyMarkersDifferAreLeftAlone) {
  DriftedRow row = Row("a");
  row.drift_class = DriftClass::kMarks;
  EXPECT_THAT(Plan({row}).refused, SizeIs(1));
}

TEST_F(PlanTableTest, ARangeEndsWhereARegionOfTheSourceDoes) {
  source.AddTable("t", {"m"});
  for (const char* row : {"a", "b", "x"}) source.Put("t", row, "q", 5, "v");
  const TableMending mending = Plan({Row("a"), Row("b"), Row("x")});
  ASSERT_THAT(mending.ranges, SizeIs(2));
  EXPECT_EQ(mending.ranges[0].range, (KeyRange{"a", NextKey("b")}));
  EXPECT_EQ(mending.ranges[1].range, (KeyRange{"x", NextKey("x")}));
}

class ManyRows : public PlanTableTest {
 protected:
  static constexpr int kRows = 300;

  // Every `stride`-th of the source's rows is missing on the target.
  std::vector<DriftedRow> Missing(int rows, int stride) {
    std::vector<DriftedRow> missing;
    for (int i = 0; i < rows; ++i) {
      const std::string row = fmt::format("{:06}", i);
      source.Put("t", row, "q", 5, "v");
      if (i % stride == 0) {
        missing.push_back(Row(row));
      } else {
        target.Put("t", row, "q", 5, "v");
      }
    }
    return missing;
  }

  static uint64_t RowsIn(const TableMending& mending) {
    uint64_t rows = 0;
    for (const PlannedRange& range : mending.ranges) rows += range.drifted.size();
    return rows;
  }

  static std::vector<PlannedRange> Copied(const TableMending& mending) {
    std::vector<PlannedRange> copied;
    for (const PlannedRange& range : mending.ranges) {
      if (range.engine == RepairEngine::kCopyTable) copied.push_back(range);
    }
    return copied;
  }

  PlanRequest Costs() const {
    PlanRequest request;
    request.costs = {1.0, 100.0, 0.1};
    return request;
  }
};

TEST_F(ManyRows, SideBySideAreCopied) {
  const TableMending mending = Plan(Missing(kRows, 1), Costs());
  ASSERT_THAT(mending.ranges, SizeIs(1));
  const PlannedRange& range = mending.ranges.front();
  EXPECT_EQ(range.engine, RepairEngine::kCopyTable);
  EXPECT_EQ(range.rows, uint64_t{kRows});
  EXPECT_GT(range.bytes, 0u);
  EXPECT_EQ(range.journal_bytes, 0u);
  EXPECT_THAT(range.drifted, SizeIs(kRows));
  EXPECT_THAT(range.why, HasSubstr("less time"));
}

TEST_F(ManyRows, ThinlyScatteredAreWritten) {
  const TableMending mending = Plan(Missing(kRows * 20, 20), Costs());
  ASSERT_THAT(mending.ranges, SizeIs(1));
  EXPECT_EQ(mending.ranges.front().engine, RepairEngine::kDirect);
}

TEST_F(ManyRows, TheEngineThatIsAskedForIsUsed) {
  PlanRequest request = Costs();
  request.engine = RepairEngine::kDirect;
  const std::vector<DriftedRow> missing = Missing(kRows, 1);
  EXPECT_EQ(Plan(missing, request).ranges.front().engine, RepairEngine::kDirect);
  request.engine = RepairEngine::kCopyTable;
  EXPECT_EQ(Plan({missing.front()}, request).ranges.front().engine, RepairEngine::kCopyTable);
}

TEST_F(ManyRows, WhatCopyTableCannotDoIsNotCopied) {
  std::vector<DriftedRow> rows = Missing(kRows, 1);
  source.Store("t", "000007", "gone", 9, CellType::kDelete);
  target.Put("t", "000007", "gone", 9, "extra");
  options.allow_deletes = true;
  source.cell_ttls_ms[{"000009", "q"}] = 10'000'000;
  const TableMending mending = Plan(rows, Costs());
  EXPECT_EQ(RowsIn(mending), uint64_t{kRows});
  EXPECT_THAT(Copied(mending), Not(IsEmpty()));
  PlanRequest copy = Costs();
  copy.engine = RepairEngine::kCopyTable;
  const TableMending copied = Plan(rows, copy);
  EXPECT_THAT(copied.refused, SizeIs(2));
  EXPECT_THAT(copied.refused[0].why, HasSubstr("--engine direct"));
  EXPECT_EQ(RowsIn(copied), uint64_t{kRows - 2});
  // Not even as a row that merely lies between others.
  for (const TableMending& planned : {mending, copied}) {
    for (const PlannedRange& range : Copied(planned)) {
      EXPECT_FALSE(range.range.Contains("000007"));
      EXPECT_FALSE(range.range.Contains("000009"));
    }
  }
}

TEST_F(ManyRows, NoRangeIsCopiedOverARowThatIsLeftAlone) {
  std::vector<DriftedRow> rows = Missing(kRows, 1);
  rows[150].confirmed_by.reset();
  const TableMending mending = Plan(rows, Costs());
  EXPECT_THAT(mending.refused, SizeIs(1));
  EXPECT_THAT(Copied(mending), SizeIs(2));
  for (const PlannedRange& range : Copied(mending)) EXPECT_FALSE(range.range.Contains("000150"));
}

TEST_F(ManyRows, WhereATimeSpanShowsWhatWasDeletedAfterItNothingIsCopied) {
  const std::vector<DriftedRow> rows = Missing(kRows, 1);
  source_attributes["f"]["KEEP_DELETED_CELLS"] = "false";
  EXPECT_THAT(Copied(Plan(rows, Costs())), SizeIs(1));
  source_attributes["f"]["KEEP_DELETED_CELLS"] = "TTL";
  const TableMending mending = Plan(rows, Costs());
  EXPECT_THAT(Copied(mending), IsEmpty());
  EXPECT_EQ(RowsIn(mending), uint64_t{kRows});
  EXPECT_THAT(mending.ranges.front().why, HasSubstr("KEEP_DELETED_CELLS"));
}

// A row that needs nothing, in a range that would be copied: it would lose its TTL, or its ACL.
TEST_F(ManyRows, ARangeWithCellsThatCopyTableStripsIsWrittenCellByCell) {
  const std::vector<DriftedRow> rows = Missing(kRows, 2);
  ASSERT_THAT(Copied(Plan(rows, Costs())), SizeIs(1));
  source.cell_ttls_ms[{"000101", "q"}] = 10'000'000;
  const TableMending ttl = Plan(rows, Costs());
  EXPECT_THAT(Copied(ttl), IsEmpty());
  EXPECT_EQ(RowsIn(ttl), rows.size());
  EXPECT_THAT(ttl.ranges.front().why, HasSubstr("000101"));
  source.cell_ttls_ms.clear();
  target.cell_secured = {{"000103", "q"}};
  EXPECT_THAT(Copied(Plan(rows, Costs())), IsEmpty());
  PlanRequest copy = Costs();
  copy.engine = RepairEngine::kCopyTable;
  const TableMending refused = Plan(rows, copy);
  EXPECT_THAT(refused.ranges, IsEmpty());
  ASSERT_THAT(refused.refused, SizeIs(rows.size()));
  EXPECT_THAT(refused.refused[0].why, HasSubstr("000103"));
}

}  // namespace
}  // namespace twinwatch
