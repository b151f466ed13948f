// One table compared as a whole: the first look at every range, the second look at what differed.
#pragma once

#include "probes/api/cluster.h"
#include "verifier/run/compare_range.h"
#include "verifier/run/verify_options.h"

namespace twinwatch {

// Never fails as a whole: what could not be compared is in the result, with the reason. After a
// range could not be read the ranges that had not been begun are left out, and named too.
//
// Memory: for each stream two batches a side, and the suspects (some 10 MB at the most, whatever
// the number of rows that differ).
Task<TableResult> VerifyTable(TablePair pair, VerifyTableOptions options, VerifyObserver* observer);

}  // namespace twinwatch
