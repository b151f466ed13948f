// What a job of CopyTable has written, found out by reading: puts in its range and time span that
// were not there before and that the source has.
#pragma once

#include "verifier/repair/apply_direct.h"
#include "verifier/repair/journal.h"
#include "verifier/repair/plan.h"

namespace twinwatch {

// After a job that ended in any way: notes in the journal, row by row, what it added. A row in
// which it stripped a cell of its TTL or ACL is kPartly, and says so. Undo does it where apply
// could not.
Task<Status> NoteWhatWasCopied(ApplySides sides, PlannedRange range, Journal* journal);

}  // namespace twinwatch
