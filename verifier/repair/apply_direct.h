// The engine `direct`: rows written cell by cell, each write guarded, nothing that is not as
// planned.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "verifier/repair/apply_observer.h"
#include "verifier/repair/journal.h"
#include "verifier/repair/plan.h"

namespace twinwatch {

struct ApplySides {
  Cluster* source = nullptr;
  Cluster* target = nullptr;
  std::string source_id;  // HBase's id of the source: what we write is not sent back to it
};

struct DirectParts {
  ApplySides sides;
  PlannedTable table;
  PlanOptions options;
  // Why cells may not be removed; none: a barrier that was begun by this run has passed.
  std::optional<std::string> no_deletes;
  Journal* journal = nullptr;  // null: a dry run, which tells what would be written
  ApplyObserver* observer = nullptr;
};

// One range after the other; the rows in batches. Rows that a journal holds already are gone on
// with as it says. An error ends it: rows of which nothing was told may have been written, and are
// in the journal. kCancelled: the observer gave up, between two batches.
Task<Status> ApplyDirect(DirectParts parts, PlannedRange range);

// Why the row is another one than was planned for; none: it is as it was. What was thrown away by a
// flush or a compaction, and which a reader did not see, makes no difference.
std::optional<std::string> ChangedSince(const PlannedRow& planned, const RowImage& source,
                                        const RowImage& target);

}  // namespace twinwatch
