// What a scan shows of a row as it is stored, by HBase's rules: delete markers, versions, time
// ranges.
#pragma once

#include <vector>

#include "probes/api/cluster.h"

namespace twinwatch::testing {

// `stored` are puts and delete markers in any order. Of `spec` all counts but table and range. A
// time range hides cells, never the effect of a marker outside it.
std::vector<Cell> ShownOf(std::vector<Cell> stored, const ScanSpec& spec,
                          const TableDescriptor& table);

}  // namespace twinwatch::testing
