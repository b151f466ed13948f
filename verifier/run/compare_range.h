// Compares one key range with all that a TablePair asks for: its window of time, its delete
// markers.
//
// Only what a reader sees of a whole row makes it missing, extra, value or cells. Two sides that
// hold the same may answer a closed window, or a raw scan, differently: what a flush or a
// compaction has thrown away is shown no more. So these views choose rows, and the whole rows are
// then judged. Of the raw view the delete markers alone count.
#pragma once

#include "verifier/run/walk_range.h"

namespace twinwatch {

// As WalkRange. Without window and raw it is one walk. With a window the range is walked in it, and
// each row that differs there is read again as a whole. With `raw` the range is read a second time,
// raw: a row of which only the delete markers differ is told as `marks`.
//
// With a window an observer that asks to stop may be told of up to a thousand rows more before it
// is heard.
Task<StatusOr<RangeDone>> CompareRange(TablePair pair, KeyRange range, ClassOf class_of,
                                       Governor* governor, CompareObserver* observer);

}  // namespace twinwatch
