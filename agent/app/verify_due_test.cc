#include "agent/app/verify_due.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using ::testing::ElementsAre;
using Kind = DuePass::Kind;

const TableName kT{"default", "t"}, kU{"default", "u"};
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kFreshness = absl::Hours(100), kInterval = absl::Minutes(15);

VerifiedMarks Marks(absl::Duration full_ago, absl::Duration writes_ago) {
  return {kNow - writes_ago, kNow - full_ago};
}

DuePass Due(const std::map<TableName, VerifiedMarks>& tables,
            absl::Time last_incremental = absl::InfinitePast(), absl::Time full_not_before = kNow) {
  return NextDue(tables, kFreshness, kInterval, last_incremental, full_not_before, kNow);
}

TEST(NextDue, ATableThatWasNeverComparedMakesAFullPassDue) {
  EXPECT_EQ(Due({{kT, Marks(absl::Hours(1), absl::Hours(1))}, {kU, {}}}).kind, Kind::kFull);
}

TEST(NextDue, AFullPassIsDueWhenHalfOfTheFreshnessIsOver) {
  EXPECT_EQ(Due({{kT, Marks(absl::Hours(50), absl::ZeroDuration())}}).kind, Kind::kFull);
  EXPECT_NE(Due({{kT, Marks(absl::Hours(49), absl::ZeroDuration())}}).kind, Kind::kFull);
}

TEST(NextDue, AnIncrementalPassBeginsBeforeTheOldestMark) {
  const DuePass due = Due({{kT, Marks(absl::Hours(1), absl::Minutes(20))},
                           {kU, Marks(absl::Hours(1), absl::Minutes(30))}});
  EXPECT_EQ(due.kind, Kind::kIncremental);
  EXPECT_THAT(due.tables, ElementsAre(kT, kU));
  EXPECT_EQ(due.since, kNow - absl::Minutes(30) - kBeforeMark);
}

TEST(NextDue, OnePassAnInterval) {
  const std::map<TableName, VerifiedMarks> tables = {
      {kT, Marks(absl::Hours(1), absl::Minutes(30))}};
  const DuePass due = Due(tables, kNow - absl::Minutes(5));
  EXPECT_EQ(due.kind, Kind::kNone);
  EXPECT_EQ(due.wait, absl::Minutes(10));
}

TEST(NextDue, AFullPassOfJustNowIsAsGoodAsAnIncrementalOne) {
  const DuePass due = Due({{kT, Marks(absl::Minutes(5), absl::Minutes(5))}});
  EXPECT_EQ(due.kind, Kind::kNone);
  EXPECT_EQ(due.wait, absl::Minutes(10));
}

TEST(NextDue, TheNextFullPassIsNotSleptOver) {
  const DuePass due = Due({{kT, Marks(absl::Hours(50) - absl::Minutes(1), absl::Minutes(1))}});
  EXPECT_EQ(due.kind, Kind::kNone);
  EXPECT_EQ(due.wait, absl::Minutes(1));
}

TEST(NextDue, AFullPassIsNotBegunBeforeItMay) {
  const std::map<TableName, VerifiedMarks> overdue = {
      {kT, Marks(absl::Hours(60), absl::Minutes(1))}, {kU, {}}};
  const DuePass due = Due(overdue, kNow, kNow + absl::Minutes(3));
  EXPECT_EQ(due.kind, Kind::kNone);
  EXPECT_EQ(due.wait, absl::Minutes(3));
  EXPECT_EQ(Due(overdue, kNow, absl::InfiniteFuture()).wait, kInterval);
  EXPECT_EQ(Due(overdue, kNow, kNow - absl::Minutes(3)).kind, Kind::kFull);
}

TEST(NextDue, IncrementalPassesGoOnMeanwhile) {
  const DuePass due = Due({{kT, Marks(absl::Hours(60), absl::Minutes(20))}, {kU, {}}},
                          absl::InfinitePast(), kNow + absl::Hours(8));
  EXPECT_EQ(due.kind, Kind::kIncremental);
  EXPECT_THAT(due.tables, ElementsAre(kT));
}

}  // namespace
}  // namespace twinwatch::app
