// Cells as a server sends them. What was decoded can be encoded, and is the same again.
#include <string>
#include <vector>

#include "probes/wire/cell_block.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view block = fuzz::View(data, size);
  std::vector<CellView> cells;
  if (!wire::DecodeCellBlock(block, &cells).ok()) return 0;
  std::string encoded;
  for (const CellView& cell : cells) wire::AppendCell(cell, &encoded);
  fuzz::Require(encoded.size() <= block.size(), "cells are not larger than what they came from");
  std::vector<CellView> again;
  fuzz::Require(wire::DecodeCellBlock(encoded, &again).ok(), "what was decoded can be encoded");
  fuzz::Require(again.size() == cells.size(), "as many cells");
  for (size_t i = 0; i < cells.size(); ++i) {
    fuzz::Require(again[i].row == cells[i].row && again[i].value == cells[i].value &&
                      CompareInRow(again[i], cells[i]) == 0,
                  "the same cells");
  }
  return 0;
}
