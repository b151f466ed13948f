// A scan over a table's regions: the I/O around ScanState.
#pragma once

#include <memory>

#include "probes/api/cluster.h"
#include "probes/hbase/locator.h"
#include "probes/hbase/retry.h"
#include "probes/hbase/scan_state.h"

namespace twinwatch::hbase {

// Both must outlive the scanner. For `spec.cell_tags` the connections are to bring tags.
std::unique_ptr<RowScanner> NewTableScanner(const Connections* connections, Locator* locator,
                                            ScanSpec spec);

}  // namespace twinwatch::hbase
