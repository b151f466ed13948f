// Rows that do not fit into one batch.
#pragma once

#include <optional>
#include <string>

#include "probes/api/cluster.h"
#include "verifier/diff/row_comparison.h"
#include "verifier/digest/digest.h"
#include "verifier/run/cell_sorter.h"
#include "verifier/scan/row_cursor.h"

namespace twinwatch {

// Cells of a row, digested as they flowed by.
struct DigestedCells {
  Digest128 digest;
  uint64_t cells = 0;
  uint64_t bytes = 0;
  TimestampSpan timestamps;

  bool operator==(const DigestedCells& other) const {
    return cells == other.cells && digest == other.digest;
  }
};

// A row that was read to its end, nothing of it kept. Both empty: it is not there (any more).
struct DigestedRow {
  DigestedCells shown;
  DigestedCells markers;
};

// Reads the row at which `cursor` stands, whole or in pieces, and leaves the cursor behind it.
Task<StatusOr<DigestedRow>> DigestRow(RowCursor* cursor, CellSorter* sorter);

struct RowVerdict {
  std::optional<DriftClass> drift_class;  // none: the same
  TimestampSpan differing;
};

// Reads one row again on both sides, piece by piece, and says how it differs. The specs name that
// row alone. kAborted after several scanners were lost in the middle of it.
Task<StatusOr<RowVerdict>> CompareWideRow(Cluster* source, Cluster* target, ScanSpec source_spec,
                                          ScanSpec target_spec, Governor* governor);

}  // namespace twinwatch
