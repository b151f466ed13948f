#include "probes/wire/cell_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace twinwatch::wire {
namespace {

using twinwatch::testing::Golden;

TEST(CellBlock, EncodesAsHBaseDoes) {
  std::string block;
  AppendCell({"r1", "f", "q", 1700000000000, CellType::kPut, "v"}, &block);
  EXPECT_EQ(block, Golden("cell-block-one-put"));
}

TEST(CellBlock, RoundTripOfOddCells) {
  const std::string long_row(32767, 'r');
  const std::string value(100'000, '\xff');
  std::string block;
  AppendCell({"", "", "", 0, CellType::kDeleteFamily, ""}, &block);
  AppendCell({long_row, std::string(127, 'f'), "", UINT64_MAX >> 1, CellType::kDeleteColumn, value},
             &block);
  std::vector<CellView> cells;
  ASSERT_TRUE(DecodeCellBlock(block, &cells).ok());
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[0].type, CellType::kDeleteFamily);
  EXPECT_EQ(cells[1].row, long_row);
  EXPECT_EQ(cells[1].value, value);
  EXPECT_EQ(cells[0].WireSize() + cells[1].WireSize(), block.size());
}

TEST(CellBlock, PassesOverTags) {
  std::vector<CellView> cells;
  const std::string block = Golden("cell-with-tag");
  ASSERT_TRUE(DecodeCellBlock(block, &cells).ok());
  EXPECT_EQ(cells.at(0).row, "0ttl");
  EXPECT_EQ(cells.at(0).value, "v");
}

TEST(CellBlock, TellsTheTagsOfEachCell) {
  const std::string block = Golden("cell-block-one-put") + Golden("cell-with-tag");
  std::vector<CellView> cells;
  std::vector<CellTags> tags;
  ASSERT_TRUE(DecodeTaggedCellBlock(block, &cells, &tags).ok());
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[1].row, "0ttl");
  EXPECT_THAT(tags, ::testing::ElementsAre(CellTags(), CellTags{86'400'000, false}));
}

TEST(CellBlock, TagsThatAreCutOffAreAnErrorOnlyWhereTheyWereAskedFor) {
  std::string block = Golden("cell-with-tag");
  block[33 + 1] = 0x0a;  // the tags say that they are a byte shorter than what follows
  std::vector<CellView> cells;
  std::vector<CellTags> tags;
  EXPECT_EQ(DecodeTaggedCellBlock(block, &cells, &tags).code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(DecodeCellBlock(block, &cells).ok());
}

TEST(CellBlock, CutOffAnywhereIsAnError) {
  const std::string block = Golden("cell-block-one-put");
  for (size_t size = 1; size < block.size(); ++size) {
    std::vector<CellView> cells;
    EXPECT_EQ(DecodeCellBlock(block.substr(0, size), &cells).code(), absl::StatusCode::kDataLoss)
        << size;
  }
}

TEST(CellBlock, LengthsThatDoNotAddUp) {
  // Each length field in turn says more, or less, than is there.
  for (const auto& [at, value] :
       {std::pair{0, 0x7f}, {4, 0x7f}, {7, 0x00}, {8, 0x7f}, {12, 0x7f}, {16, 0x7f}}) {
    std::string block = Golden("cell-block-one-put");
    block[static_cast<size_t>(at)] = static_cast<char>(value);
    std::vector<CellView> cells;
    EXPECT_FALSE(DecodeCellBlock(block, &cells).ok()) << at;
  }
}

TEST(CellBlock, UnknownTypeIsAnError) {
  std::string block = Golden("cell-block-one-put");
  block[block.size() - 2] = 5;
  std::vector<CellView> cells;
  EXPECT_FALSE(DecodeCellBlock(block, &cells).ok());
}

}  // namespace
}  // namespace twinwatch::wire
