// Which cells keep a reader from seeing others, by HBase's rules.
#pragma once

#include "verifier/cause/cause.h"

namespace twinwatch {

bool SameColumn(const Cell& a, const Cell& b);

// `marker` is a delete marker that covers `put`.
bool Hides(const Cell& marker, const Cell& put);

// A newer version of the same column.
bool Overwrites(const Cell& newer, const Cell& put);

// The source has a cell that the target does not show; of a row whose cells were not read: it may.
bool MayLackAtTarget(const DriftCase& drift);

}  // namespace twinwatch
