#include "exporters/verify_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace twinwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

VerifyResult Result() {
  VerifyResult result;
  result.scope = "full";
  result.confirm = "none";
  result.started = absl::FromUnixMillis(1795451884000);
  result.ended = result.started + absl::Seconds(6);
  result.took = absl::Seconds(6);
  TableResult& table = result.tables.emplace_back();
  table.table = *TableName::Parse("orders");
  table.rows_source = 1'000'000;
  table.rows_target = 1'000'000;
  table.ranges = 8;
  table.took = absl::Seconds(6);
  return result;
}

void AddFinding(VerifyResult* result, std::string row, DriftClass drift_class) {
  Finding& finding = result->findings.emplace_back();
  finding.table = result->tables[0].table;
  finding.row = std::move(row);
  finding.drift_class = drift_class;
  finding.differing.Include(1795451884000);
  ++result->tables[0].drift.Of(drift_class);
}

std::string Text(const VerifyResult& result) { return VerifyText(result, {}); }

size_t LongestLine(const std::string& text) {
  size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST(VerifyText, SameIsTheLastLine) {
  EXPECT_THAT(Text(Result()), EndsWith("\nSAME: 1,000,000 rows of 1 table, as of 16:38:10 UTC\n"));
}

TEST(VerifyText, DriftIsNamedRowByRow) {
  VerifyResult result = Result();
  AddFinding(&result, std::string("cust-0091\0", 10), DriftClass::kMissing);
  AddFinding(&result, "zz", DriftClass::kValue);
  const std::string text = Text(result);
  EXPECT_THAT(text, HasSubstr("orders: 1 row is missing on the target.\n"));
  EXPECT_THAT(text, HasSubstr("  missing  cust-0091\\x00\n"));
  EXPECT_THAT(text, HasSubstr("  value    zz\n"));
  EXPECT_THAT(text, HasSubstr("written 2026-11-23T16:38:04Z (their timestamps)"));
  EXPECT_THAT(
      text, EndsWith("DRIFT: 2 rows of 1 table; everything else is the same as of 16:38:10 UTC\n"));
  EXPECT_LE(LongestLine(text), 80u);
}

TEST(VerifyText, ARepairIsTheNextCommandWhereTheLedgerHasWhatABarrierConfirmed) {
  VerifyResult result = Result();
  VerifyTextOptions options;
  options.hint = " --source conf:/etc/hbase/conf";
  options.resumable = true;
  const auto text = [&] { return VerifyText(result, options); };
  EXPECT_THAT(text(), Not(HasSubstr("Repair:")));
  AddFinding(&result, "a", DriftClass::kMissing);
  EXPECT_THAT(text(), Not(HasSubstr("Repair:")));  // --confirm none
  result.confirm = "position";
  EXPECT_THAT(text(), HasSubstr("\nRows: twinwatch drift list --source conf:/etc/hbase/conf\n"
                                "Repair: twinwatch repair plan -t orders -o orders.plan --source "
                                "conf:/etc/hbase/conf\nDRIFT: "));
  TableResult& other = result.tables.emplace_back();
  other.table = *TableName::Parse("ns1:events");
  EXPECT_THAT(text(), HasSubstr(" -t orders -o orders.plan "));
  other.drift.value = 1;
  EXPECT_THAT(text(), HasSubstr(" -t orders -t ns1:events -o repair.plan "));
  result.tables.erase(result.tables.begin());
  EXPECT_THAT(text(), HasSubstr(" -t ns1:events -o ns1_events.plan "));
  options.resumable = false;
  EXPECT_THAT(text(), Not(HasSubstr("Repair:")));
}

TEST(VerifyText, LongListsAreCutAndSaidToBe) {
  VerifyResult result = Result();
  for (int i = 0; i < 50; ++i) AddFinding(&result, "row" + std::to_string(i), DriftClass::kExtra);
  EXPECT_THAT(Text(result), HasSubstr("Every row: --report FILE or --format jsonl."));
}

TEST(VerifyText, SuspectsAreNeverCalledDrift) {
  VerifyResult result = Result();
  result.confirm = "recheck";
  result.tables[0].suspects.missing = 3;
  const std::string text = Text(result);
  EXPECT_THAT(text, HasSubstr("UNKNOWN: 3 rows differ"));
  EXPECT_THAT(text, Not(HasSubstr("DRIFT:")));
  EXPECT_THAT(text, Not(HasSubstr("SAME:")));
  EXPECT_LE(LongestLine(text), 80u);
}

TEST(VerifyText, DriftBesideWhatCouldNotBeReadDoesNotCallTheRestTheSame) {
  VerifyResult result = Result();
  AddFinding(&result, "a", DriftClass::kMissing);
  result.tables[0].unverified.push_back({{"m", ""}, "no answer"});
  const std::string text = Text(result);
  EXPECT_THAT(text, HasSubstr("not everything could be judged"));
  EXPECT_THAT(text, HasSubstr("orders: not compared from m to the end: no answer"));
}

TEST(VerifyText, ASampleIsNeverPlainlyTheSame) {
  VerifyResult result = Result();
  result.scope = "sample";
  result.tables[0].sample = SampleStatement{1'000'000, 20'000, 7, 0.95, 150};
  EXPECT_THAT(Text(result),
              EndsWith("SAME (sampled): 0 of 1,000,000 sampled rows of 1 table differ: with 95 %\n"
                       "  confidence less than 150 in a million; as of 16:38:10 UTC\n"));
  AddFinding(&result, "a", DriftClass::kMissing);
  result.tables[0].sample->max_rate_ppm.reset();
  EXPECT_THAT(Text(result),
              HasSubstr("DRIFT (sampled): 1 row of 1 table; the rest was not looked at"));
  EXPECT_LE(LongestLine(Text(result)), 80u);
}

TEST(VerifyText, KeysAloneSayWhatWasNotCompared) {
  VerifyResult result = Result();
  result.scope = "keys";
  result.keys_only = true;
  EXPECT_THAT(Text(result), HasSubstr("no values (--depth keys)"));
  EXPECT_THAT(Text(result), HasSubstr("SAME (keys only): 1,000,000 rows"));
}

TEST(VerifyText, AWindowIsNamed) {
  VerifyResult result = Result();
  result.scope = "since";
  result.since = absl::FromUnixMillis(1795451884000);
  EXPECT_THAT(Text(result), HasSubstr("with a cell written"));
  EXPECT_THAT(Text(result), HasSubstr("since 2026-11-23T16:38:04Z"));
}

TEST(VerifyText, MarksAreNamedAndNoDrift) {
  VerifyResult result = Result();
  AddFinding(&result, "a", DriftClass::kMarks);
  EXPECT_THAT(Text(result), HasSubstr("  marks    a\n"));
  EXPECT_THAT(Text(result), HasSubstr("SAME: "));
  EXPECT_LE(LongestLine(Text(result)), 80u);
}

TEST(VerifyText, CellsOfTheFutureAreSaidBesideTheVerdict) {
  VerifyResult result = Result();
  result.tables[0].future.emplace();
  EXPECT_THAT(Text(result), Not(HasSubstr("future")));
  result.tables[0].future = FutureCells{1, 1, false, 1795455484000, {}, {}};
  for (const char* row : {"r1", "r2", "r3", "r4"})
    result.tables[0].future->rows.push_back({row, "f", 1795455484000, row[1] == '2'});
  const std::string text = Text(result);
  EXPECT_THAT(text, HasSubstr("orders: 1 cell and 1 delete marker on the target are of the"));
  EXPECT_THAT(text, HasSubstr("  future   r1  f, 2026-11-23T17:38:04Z\n"
                              "  future   r2  f, 2026-11-23T17:38:04Z, delete marker\n"));
  EXPECT_THAT(text, Not(HasSubstr("r4")));
  EXPECT_THAT(text, HasSubstr("SAME: "));
  EXPECT_LE(LongestLine(text), 80u);
}

TEST(VerifyText, WhetherThereAreSomeMayNotBeKnown) {
  VerifyResult result = Result();
  result.tables[0].future_unknown = "no answer";
  const std::string text = Text(result);
  EXPECT_THAT(text, HasSubstr("orders: it is not known whether cells on the target are of the"));
  EXPECT_THAT(text, HasSubstr("no answer"));
}

TEST(VerifyText, FamiliesLeftOutAreNamed) {
  VerifyResult result = Result();
  result.tables[0].families_left_out = {"g", "h"};
  EXPECT_THAT(Text(result), HasSubstr("left out, because the peer does not replicate them: g, h"));
}

}  // namespace
}  // namespace twinwatch
