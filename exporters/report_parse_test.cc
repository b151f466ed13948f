#include "exporters/report_parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/verify_json.h"

namespace twinwatch {
namespace {

using ::testing::HasSubstr;

class ReportParseTest : public ::testing::Test {
 protected:
  ReportParseTest() {
    header.run = "run-1";
    header.source = "a:2181:/hbase";
    header.target = "b:2181:/hbase";
    finding.table = *TableName::Parse("ns:t");
    finding.row = std::string("\0\xff\n", 3);
    finding.drift_class = DriftClass::kCells;
    finding.confirmed_by = "position";
    finding.first_seen = absl::UnixEpoch();
  }

  std::string Text(bool whole = true) const {
    std::string text = ReportHeaderLine(header) + "\n" + ReportRowLine(finding) + "\n";
    if (whole) text += ReportSummaryLine(VerifyResult()) + "\n";
    return text;
  }

  ReportHeader header;
  Finding finding;
};

TEST_F(ReportParseTest, ReadsBackWhatVerifyWrites) {
  const StatusOr<Report> report = ParseReport(Text());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->run, "run-1");
  EXPECT_EQ(report->source, "a:2181:/hbase");
  EXPECT_FALSE(report->all_versions);
  ASSERT_EQ(report->rows.size(), 1u);
  EXPECT_EQ(report->rows[0].table, finding.table);
  EXPECT_EQ(report->rows[0].row, finding.row);
  EXPECT_EQ(report->rows[0].drift_class, DriftClass::kCells);
  EXPECT_EQ(report->rows[0].confirmed_by, "position");
}

TEST_F(ReportParseTest, KnowsWhetherAllVersionsWereCompared) {
  header.more_options = {{"versions", "all"}};
  EXPECT_TRUE(ParseReport(Text())->all_versions);
  header.more_options = {{"versions", "1"}};
  EXPECT_FALSE(ParseReport(Text())->all_versions);
}

TEST_F(ReportParseTest, WaivedRowsAreLeftOut) {
  finding.waived = true;
  EXPECT_TRUE(ParseReport(Text())->rows.empty());
}

TEST_F(ReportParseTest, WithoutItsSummaryItIsIncomplete) {
  const Status cut = ParseReport(Text(false)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(cut)) << cut;
}

TEST_F(ReportParseTest, ACopyUnderAnotherNameIsNotRepaired) {
  header.more_options = {{"target_table", "u"}};
  EXPECT_TRUE(absl::IsInvalidArgument(ParseReport(Text()).status()));
}

TEST_F(ReportParseTest, WhatIsNoReportIsRefusedWithItsLine) {
  for (const std::string& text :
       {std::string("nonsense"), Text() + ReportRowLine(finding), Text() + Text(),
        ReportRowLine(finding) + "\n" + Text(), std::string(R"({"type":"header"})")}) {
    const Status refused = ParseReport(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << text;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("line "));
  }
}

}  // namespace
}  // namespace twinwatch
