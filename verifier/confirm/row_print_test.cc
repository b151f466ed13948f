#include "verifier/confirm/row_print.h"

#include <gtest/gtest.h>

#include <map>

namespace twinwatch {
namespace {

CellView Put(std::string_view qualifier, uint64_t time, std::string_view value) {
  return {"r", "f", qualifier, time, CellType::kPut, value};
}

RowPrint Print(const std::vector<CellView>& cells, size_t max_columns = kMaxColumns) {
  RowPrinter printer(max_columns);
  printer.Start();
  for (const CellView& cell : cells) printer.Add(cell);
  return printer.Finish();
}

TEST(RowPrint, AColumnOfItsOwnForEachQualifier) {
  const RowPrint print = Print({Put("a", 2, "v"), Put("a", 1, "v"), Put("b", 1, "v")});
  ASSERT_EQ(print.size(), 2u);
  EXPECT_LT(print[0].column, print[1].column);
}

TEST(RowPrint, TellsValuesFromShapes) {
  const RowPrint a = Print({Put("a", 2, "v")});
  EXPECT_TRUE(a[0].SameAs(Print({Put("a", 2, "v")})[0]));
  const RowPrint value = Print({Put("a", 2, "w")});
  EXPECT_EQ(a[0].shape, value[0].shape);
  EXPECT_FALSE(a[0].SameAs(value[0]));
  const RowPrint time = Print({Put("a", 3, "v")});
  EXPECT_NE(a[0].shape, time[0].shape);
  EXPECT_FALSE(a[0].SameAs(time[0]));
}

TEST(RowPrint, TheBorderBetweenFamilyAndQualifierCounts) {
  const CellView one{"r", "f", "ab", 1, CellType::kPut, "v"};
  const CellView other{"r", "fa", "b", 1, CellType::kPut, "v"};
  EXPECT_NE(Print({one})[0].column, Print({other})[0].column);
}

TEST(RowPrint, MarkersAreAColumnOfTheirOwn) {
  const CellView marker{"r", "f", "a", 2, CellType::kDelete, ""};
  const RowPrint print = Print({marker, Put("a", 2, "v"), Put("a", 1, "v")});
  ASSERT_EQ(print.size(), 2u);
  EXPECT_NE(print[0].markers, print[1].markers);
}

TEST(RowPrint, ARowOfVeryManyColumnsStaysSmallAndIsStillCompared) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back(std::to_string(1000 + i));
  std::vector<CellView> cells;
  for (const std::string& name : names) cells.push_back(Put(name, 1, "v"));
  const RowPrint a = Print(cells, 10);
  EXPECT_LE(a.size(), 11u);
  const RowPrint same = Print(cells, 10);
  ASSERT_EQ(a.size(), same.size());
  bool all_same = true;
  for (size_t i = 0; i < a.size(); ++i) all_same &= a[i].SameAs(same[i]);
  EXPECT_TRUE(all_same);
  cells[50].value = "w";
  const RowPrint other = Print(cells, 10);
  bool any_differs = a.size() != other.size();
  for (size_t i = 0; i < std::min(a.size(), other.size()); ++i)
    any_differs |= !a[i].SameAs(other[i]);
  EXPECT_TRUE(any_differs);
}

TEST(RowPrint, StartThrowsAwayWhatWasBegun) {
  RowPrinter printer;
  printer.Start();
  printer.Add(Put("a", 1, "v"));
  printer.Start();
  printer.Add(Put("b", 1, "v"));
  EXPECT_EQ(printer.Finish()[0].column, Print({Put("b", 1, "v")})[0].column);
}

}  // namespace
}  // namespace twinwatch
