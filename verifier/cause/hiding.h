// Which cells keep a reader from seeing others, by HBase's rules.
#pragma once

#include "verifier/cause/cause.h"
#include "verifier/diff/hiding.h"

namespace twinwatch {

inline bool SameColumn(const Cell& a, const Cell& b) { return SameColumn(ToView(a), ToView(b)); }
inline bool Hides(const Cell& marker, const Cell& put) {
  return Hides(ToView(marker), ToView(put));
}

// A newer version of the same column.
bool Overwrites(const Cell& newer, const Cell& put);

// The source has a cell that the target does not show; of a row whose cells were not read: it may.
bool MayLackAtTarget(const DriftCase& drift);

}  // namespace twinwatch
