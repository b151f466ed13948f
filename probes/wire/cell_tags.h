// Tags of a cell, as KeyValueCodecWithTags sends them behind its value: u16 BE length of all, then
// each as u16 BE length, type, value; a tag's length counts its type.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::wire {

// The cell's own TTL in milliseconds; none when no tag holds one. `section` is all that lies behind
// the cell's value; empty for a cell without tags. kDataLoss for lengths that do not add up.
StatusOr<std::optional<uint64_t>> TtlOfTags(std::string_view section);

}  // namespace twinwatch::wire
