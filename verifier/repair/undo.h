// Takes back what a journal says was written: a reader of the target sees again what was seen
// before, except where somebody else wrote since.
//
// It is a repair the other way round: the before-image is what a reader is to see, only what apply
// wrote may be removed, and only columns that apply touched are looked at. Cells that apply deleted
// lie under its markers, which have to be compacted away first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probes/api/table_copy.h"
#include "verifier/repair/apply_direct.h"
#include "verifier/repair/outcome.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch {

struct UndoParts {
  ApplySides sides;  // the source is read only, where a job of CopyTable was broken off
  const RepairPlan* plan = nullptr;  // of the journal
  Journal* journal = nullptr;
  TableCopier* copier = nullptr;  // ends a job that still runs
  bool allow_compaction = false;
  bool dry_run = true;
  ApplyObserver* observer = nullptr;
};

struct UndoResult {
  // Delete markers that undo wrote: they stay until a major compaction, and hide later puts with
  // the same timestamp.
  std::vector<ListedWrite> markers_left;  // the first thousand
  uint64_t markers = 0;
  std::vector<std::string> notes;  // what else an operator should know
  uint64_t nothing_to_do = 0;      // rows of which nothing was written, or that were undone before
};

// A job of CopyTable whose run was interrupted is ended first, and what it wrote is found out; no
// range is copied any more by `apply`. Then row by row, what was written last first. Rows that are
// left as they are are told to the observer with the reason. An error ends it; running it again
// goes on.
Task<StatusOr<UndoResult>> Undo(UndoParts parts);

// What undo would write to a row that looks like `now`.
RowEdits UndoEdits(const JournaledRow& row, const RowImage& now, bool allow_compaction);

}  // namespace twinwatch
