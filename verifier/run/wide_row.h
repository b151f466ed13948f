// Rows that do not fit into one batch.
#pragma once

#include <optional>
#include <string>

#include "probes/api/cluster.h"
#include "verifier/diff/row_comparison.h"
#include "verifier/digest/digest.h"
#include "verifier/scan/row_cursor.h"

namespace twinwatch {

// A row that was read to its end and digested on the way, nothing of it kept.
struct DigestedRow {
  // False: nothing of it that is digested is there. Its scanner was lost, and when the row was read
  // again it was gone; or it has no marker, and only markers count.
  bool found = true;
  Digest128 digest;
  uint64_t cells = 0;
  uint64_t bytes = 0;
  TimestampSpan timestamps;
};

enum class CellsToDigest { kAll, kMarkers };

// Reads the row at which `cursor` stands, whole or in pieces, and leaves the cursor behind it.
Task<StatusOr<DigestedRow>> DigestRow(RowCursor* cursor, RowHasher* hasher, CellsToDigest which);

struct RowVerdict {
  std::optional<DriftClass> drift_class;  // none: the same
  TimestampSpan differing;
};

// Reads one row again on both sides, piece by piece, and says how it differs. The specs name that
// row alone. kAborted after several scanners were lost in the middle of it.
Task<StatusOr<RowVerdict>> CompareWideRow(Cluster* source, Cluster* target, ScanSpec source_spec,
                                          ScanSpec target_spec, Governor* governor);

}  // namespace twinwatch
