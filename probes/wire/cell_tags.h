// Tags of a cell, as KeyValueCodecWithTags sends them behind its value: u16 BE length of all, then
// each as u16 BE length, type, value; a tag's length counts its type.
#pragma once

#include <string_view>

#include "agent/core/cell.h"
#include "agent/core/status.h"

namespace twinwatch::wire {

// `section` is all that lies behind the cell's value; empty for a cell without tags. kDataLoss for
// lengths that do not add up.
StatusOr<CellTags> ParseTags(std::string_view section);

}  // namespace twinwatch::wire
