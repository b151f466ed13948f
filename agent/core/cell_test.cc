#include "agent/core/cell.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

CellView Cell(std::string_view family, std::string_view qualifier, uint64_t timestamp_ms,
              CellType type = CellType::kPut) {
  return {"r", family, qualifier, timestamp_ms, type, ""};
}

TEST(CellOrder, FamilyThenQualifierThenNewestThenType) {
  EXPECT_TRUE(CompareInRow(Cell("a", "z", 1), Cell("b", "a", 1)) < 0);
  EXPECT_TRUE(CompareInRow(Cell("a", "", 1), Cell("a", "a", 1)) < 0);
  EXPECT_TRUE(CompareInRow(Cell("a", "q", 2), Cell("a", "q", 1)) < 0);
  EXPECT_TRUE(CompareInRow(Cell("a", "q", 1, CellType::kDeleteFamily), Cell("a", "q", 1)) < 0);
  EXPECT_TRUE(CompareInRow(Cell("a", "\x7f", 1), Cell("a", "\x80", 1)) < 0);
  EXPECT_TRUE(CompareInRow(Cell("a", "q", 1), Cell("a", "q", 1)) == 0);
}

TEST(CellOrder, WireSizeIsThatOfAKeyValue) {
  EXPECT_EQ((CellView{"r1", "f", "q", 1, CellType::kPut, "v"}).WireSize(), 29u);
}

}  // namespace
}  // namespace twinwatch
