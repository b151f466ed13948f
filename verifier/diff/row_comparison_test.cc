#include "verifier/diff/row_comparison.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace twinwatch {
namespace {

CellView Put(std::string_view qualifier, uint64_t timestamp_ms, std::string_view value) {
  return {"r", "f", qualifier, timestamp_ms, CellType::kPut, value};
}
CellView Marker(std::string_view qualifier, uint64_t timestamp_ms) {
  return {"r", "f", qualifier, timestamp_ms, CellType::kDeleteColumn, ""};
}

std::optional<DriftClass> Compare(std::vector<CellView> source, std::vector<CellView> target) {
  TimestampSpan differing;
  return CompareRow(source, target, &differing);
}

TEST(RowComparison, Same) {
  EXPECT_EQ(Compare({}, {}), std::nullopt);
  EXPECT_EQ(Compare({Put("a", 1, "x"), Put("b", 1, "y")}, {Put("a", 1, "x"), Put("b", 1, "y")}),
            std::nullopt);
}

TEST(RowComparison, EachClass) {
  EXPECT_EQ(Compare({Put("a", 1, "x")}, {}), DriftClass::kMissing);
  EXPECT_EQ(Compare({}, {Put("a", 1, "x")}), DriftClass::kExtra);
  EXPECT_EQ(Compare({Put("a", 1, "x")}, {Put("a", 1, "y")}), DriftClass::kValue);
  EXPECT_EQ(Compare({Put("a", 1, "x")}, {Put("a", 2, "x")}), DriftClass::kCells);
  EXPECT_EQ(Compare({Put("a", 1, "x"), Put("b", 1, "x")}, {Put("a", 1, "x")}), DriftClass::kCells);
  EXPECT_EQ(Compare({Put("a", 1, "x")}, {Put("a", 1, "x"), Put("b", 1, "x")}), DriftClass::kCells);
  EXPECT_EQ(Compare({Marker("a", 2), Put("b", 1, "x")}, {Put("b", 1, "x")}), DriftClass::kMarks);
  EXPECT_EQ(Compare({Marker("a", 2)}, {}), DriftClass::kMarks);
}

TEST(RowComparison, ValueAndCellsAtOnceIsCells) {
  EXPECT_EQ(Compare({Put("a", 1, "x"), Put("b", 1, "x")}, {Put("a", 1, "y")}), DriftClass::kCells);
}

TEST(RowComparison, AMarkerInPlaceOfAPutIsCells) {
  EXPECT_EQ(Compare({Put("a", 2, "x"), Put("b", 1, "x")}, {Marker("a", 2), Put("b", 1, "x")}),
            DriftClass::kCells);
}

TEST(RowComparison, SpanOfTheCellsThatDiffer) {
  TimestampSpan span;
  CompareRow(std::vector{Put("a", 5, "x"), Put("b", 9, "x"), Put("c", 100, "same")},
             std::vector{Put("a", 5, "y"), Put("c", 100, "same")}, &span);
  EXPECT_EQ(span.oldest_ms, 5u);
  EXPECT_EQ(span.newest_ms, 9u);
}

// Any cut into pieces gives the verdict of the whole.
TEST(RowComparison, PiecesOfAnySizeGiveTheSameVerdict) {
  std::mt19937 random(11);
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  for (int round = 0; round < 5000; ++round) {
    std::vector<CellView> sides[2];
    for (const std::string& name : names) {
      for (auto& side : sides) {
        if (random() % 8 != 0)
          side.push_back(Put(name, 1 + random() % 8 / 7, random() % 8 == 0 ? "x" : "y"));
      }
    }
    RowComparison comparison;
    std::vector<CellView> held[2];
    size_t fed[2] = {0, 0};
    while (true) {
      for (int s = 0; s < 2; ++s) {
        if (!held[s].empty()) continue;
        for (size_t n = random() % 3; n > 0 && fed[s] < sides[s].size(); --n)
          held[s].push_back(sides[s][fed[s]++]);
      }
      const bool ended[2] = {fed[0] == sides[0].size(), fed[1] == sides[1].size()};
      const auto used = comparison.Take(held[0], ended[0], held[1], ended[1]);
      held[0].erase(held[0].begin(), held[0].begin() + static_cast<ptrdiff_t>(used.source));
      held[1].erase(held[1].begin(), held[1].begin() + static_cast<ptrdiff_t>(used.target));
      if (ended[0] && ended[1] && held[0].empty() && held[1].empty()) break;
    }
    ASSERT_EQ(comparison.Verdict(), Compare(sides[0], sides[1])) << round;
  }
}

}  // namespace
}  // namespace twinwatch
