// Which cells keep a reader from seeing others, by HBase's rules.
#pragma once

#include "probes/api/cluster.h"

namespace twinwatch {

bool SameColumn(const Cell& a, const Cell& b);

// `marker` is a delete marker that covers `put`.
bool Hides(const Cell& marker, const Cell& put);

// A newer version of the same column.
bool Overwrites(const Cell& newer, const Cell& put);

}  // namespace twinwatch
