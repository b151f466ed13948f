// Causes that the cells of the row show.
#pragma once

#include "verifier/cause/cause.h"

namespace twinwatch {

// A cell has a TTL of its own on the source, and the same cell has none on the target: its tags did
// not travel. HBase shows nobody a cell past its own TTL: where the source has no trace of what the
// target shows, another row whose cell still lives may tell.
std::optional<Cause> CellTtlLost(const DriftCase& drift);
// The target shows a version that the source has deleted or overwritten, and no longer holds what
// would hide it.
std::optional<Cause> OlderVersionBack(const DriftCase& drift);
// The source has no trace of a cell of the target.
std::optional<Cause> WrittenAtTarget(const DriftCase& drift);

}  // namespace twinwatch
