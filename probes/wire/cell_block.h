// Cell blocks: int32 BE length, KeyValue, again and again, without a count or an end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/cell.h"
#include "agent/core/status.h"

namespace twinwatch::wire {

// Appends every cell of `block` to `*cells`; they point into it. kDataLoss names the byte at which
// a cell is not well formed: lengths that do not add up, an unknown type, a cell that is cut off.
Status DecodeCellBlock(std::string_view block, std::vector<CellView>* cells);

// The same, and of each cell what its tags tell: for blocks in which tags were asked for. Tags that
// are not well formed are kDataLoss too.
Status DecodeTaggedCellBlock(std::string_view block, std::vector<CellView>* cells,
                             std::vector<CellTags>* tags);

void AppendCell(const CellView& cell, std::string* block);

}  // namespace twinwatch::wire
