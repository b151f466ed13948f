#include "verifier/diff/reader_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/fakes/stored_row.h"

namespace twinwatch {
namespace {

using twinwatch::testing::ShownOf;

Cell At(uint64_t timestamp_ms, CellType type, std::string qualifier = "q",
        std::string family = "f") {
  return {"r", std::move(family), std::move(qualifier), timestamp_ms, type, "v"};
}

// As a raw scan has them.
std::vector<Cell> Shown(ReaderRules rules, const std::vector<Cell>& raw) {
  ReaderView view(rules);
  view.StartRow();
  std::vector<Cell> shown;
  for (const Cell& cell : raw) {
    if (view.Shows(ToView(cell))) shown.push_back(cell);
  }
  return shown;
}

TEST(ReaderView, ShowsTheNewestPutsOfEachColumn) {
  const std::vector<Cell> raw = {At(9, CellType::kPut, "a"), At(8, CellType::kPut, "a"),
                                 At(7, CellType::kPut, "a"), At(1, CellType::kPut, "b")};
  EXPECT_EQ(Shown({}, raw), (std::vector<Cell>{raw[0], raw[3]}));
  EXPECT_EQ(Shown({2}, raw), (std::vector<Cell>{raw[0], raw[1], raw[3]}));
}

TEST(ReaderView, OfTwoPutsOfOneTimeOnlyTheLastWrittenIsSeen) {
  const std::vector<Cell> raw = {At(9, CellType::kPut), At(9, CellType::kPut)};
  EXPECT_EQ(Shown({kAllVersions}, raw).size(), 1u);
}

TEST(ReaderView, ARowBeginsWithoutTheMarkersOfTheLastOne) {
  ReaderView view(ReaderRules{});
  view.StartRow();
  EXPECT_FALSE(view.Shows(ToView(At(5, CellType::kDeleteFamily, ""))));
  EXPECT_FALSE(view.Shows(ToView(At(4, CellType::kPut))));
  view.StartRow();
  EXPECT_TRUE(view.Shows(ToView(At(4, CellType::kPut))));
}

TEST(ReaderView, MarkersThatHideNothingLetAllBeSeen) {
  EXPECT_EQ(Shown({1, false}, {At(5, CellType::kDeleteColumn), At(4, CellType::kPut)}).size(), 1u);
}

// Not less than a reader sees, whatever the row holds.
TEST(ReaderView, MoreFamilyVersionsDeletedThanAreKept) {
  std::vector<Cell> raw;
  for (uint64_t at = 30'000; at > 0; --at)
    raw.push_back(At(at, CellType::kDeleteFamilyVersion, ""));
  raw.push_back(At(40'000, CellType::kPut));
  raw.push_back(At(29'000, CellType::kPut));
  const std::vector<Cell> shown = Shown({kAllVersions}, raw);
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0].timestamp_ms, 40'000u);
}

// Random rows, against the fake's rules, which look at all pairs of cells.
TEST(ReaderView, SeesWhatAReaderSees) {
  constexpr CellType kTypes[] = {CellType::kPut,
                                 CellType::kPut,
                                 CellType::kPut,
                                 CellType::kDelete,
                                 CellType::kDeleteColumn,
                                 CellType::kDeleteFamily,
                                 CellType::kDeleteFamilyVersion};
  std::mt19937 random(11);
  const TableDescriptor table{*TableName::Parse("t"), {{"f", 0, {}}, {"g", 0, {}}}, {}};
  size_t hidden = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<Cell> stored;
    for (uint32_t i = random() % 14; i > 0; --i) {
      const CellType type = kTypes[random() % std::size(kTypes)];
      const bool of_family =
          type == CellType::kDeleteFamily || type == CellType::kDeleteFamilyVersion;
      Cell cell = At(random() % 6, type, of_family ? "" : std::string(random() % 3, 'q'),
                     random() % 2 == 0 ? "f" : "g");
      const bool is_there = std::any_of(stored.begin(), stored.end(), [&cell](const Cell& other) {
        return CompareInRow(ToView(cell), ToView(other)) == 0;
      });
      if (!is_there) stored.push_back(std::move(cell));
    }
    ScanSpec reader;
    reader.max_versions = random() % 2 == 0 ? 1 : kAllVersions;
    ScanSpec raw;
    raw.raw = true;
    raw.max_versions = kAllVersions;
    const std::vector<Cell> seen = Shown({reader.max_versions}, ShownOf(stored, raw, table));
    ASSERT_EQ(seen, ShownOf(stored, reader, table)) << "round " << round;
    hidden += stored.size() - seen.size();
  }
  EXPECT_GT(hidden, 1000u);
}

}  // namespace
}  // namespace twinwatch
