// Cells as a server sends them. What was decoded can be encoded, and is the same again. Tags may be
// refused, and change nothing else.
#include <string>
#include <vector>

#include "probes/wire/cell_block.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

void Same(const std::vector<CellView>& a, const std::vector<CellView>& b) {
  fuzz::Require(a.size() == b.size(), "as many cells");
  for (size_t i = 0; i < a.size(); ++i) {
    fuzz::Require(a[i].row == b[i].row && a[i].value == b[i].value && CompareInRow(a[i], b[i]) == 0,
                  "the same cells");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view block = fuzz::View(data, size);
  std::vector<CellView> cells;
  const bool good = wire::DecodeCellBlock(block, &cells).ok();
  std::vector<CellView> tagged;
  std::vector<CellTags> tags;
  if (wire::DecodeTaggedCellBlock(block, &tagged, &tags).ok()) {
    fuzz::Require(good, "who reads tags is not less strict");
    fuzz::Require(tags.size() == tagged.size(), "tags for each cell");
    Same(tagged, cells);
  }
  if (!good) return 0;
  std::string encoded;
  for (const CellView& cell : cells) wire::AppendCell(cell, &encoded);
  fuzz::Require(encoded.size() <= block.size(), "cells are not larger than what they came from");
  std::vector<CellView> again;
  fuzz::Require(wire::DecodeCellBlock(encoded, &again).ok(), "what was decoded can be encoded");
  Same(again, cells);
  return 0;
}
