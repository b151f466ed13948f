// Which delete markers keep a reader from seeing which cells, by HBase's rules. The row is not
// looked at: both are of the same one.
#pragma once

#include "agent/core/cell.h"

namespace twinwatch {

bool SameColumn(const CellView& a, const CellView& b);

// `marker` is a delete marker that covers `put`.
bool Hides(const CellView& marker, const CellView& put);

}  // namespace twinwatch
