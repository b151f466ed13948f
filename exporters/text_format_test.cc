#include "exporters/text_format.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(TextFormat, Numbers) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(104857600), "104,857,600");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(1'200'000), "1.2 MB");
  EXPECT_EQ(HumanBytes(999'999), "1.0 MB");
  EXPECT_EQ(Plural(1, "row", "rows"), "1 row");
  EXPECT_EQ(Plural(4200, "row", "rows"), "4,200 rows");
}

TEST(TextFormat, Durations) {
  EXPECT_EQ(HumanDuration(absl::Milliseconds(840)), "0.8 s");
  EXPECT_EQ(HumanDuration(absl::Milliseconds(9990)), "10 s");
  EXPECT_EQ(HumanDuration(absl::Seconds(131)), "2m 11s");
  EXPECT_EQ(HumanDuration(absl::Minutes(182)), "3h 2m");
  EXPECT_EQ(HumanDuration(absl::Hours(97)), "4d 1h");
}

TEST(TextFormat, FoldsAtSpaces) {
  EXPECT_EQ(Wrapped("short"), "short");
  EXPECT_EQ(Wrapped("aaa bbb ccc", "  ", 7), "aaa bbb\n  ccc");
  EXPECT_EQ(Wrapped("averylongword x", "  ", 5), "averylongword\n  x");
}

TEST(TextFormat, TableAlignsItsColumns) {
  TextTable table;
  table.AddColumn("TABLE", TextTable::Align::kLeft);
  table.AddColumn("ROWS", TextTable::Align::kRight);
  table.AddRow({"t", "1,000,000"});
  table.AddRow({"ns1:events", "7"});
  EXPECT_EQ(table.ToString(),
            "TABLE            ROWS\n"
            "t           1,000,000\n"
            "ns1:events          7\n");
}

TEST(TextFormat, ColourOnlyWhenWanted) {
  EXPECT_EQ(Coloured("x", Colour::kRed, false), "x");
  EXPECT_EQ(Coloured("x", Colour::kRed, true), "\x1b[31mx\x1b[0m");
}

}  // namespace
}  // namespace twinwatch
