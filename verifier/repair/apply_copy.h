// The engine `copytable`: a range copied as a whole by HBase's own job.
//
//   before-image of range and time span -> journal -> the job -> what it added -> journal
//
// The job reads when it runs and writes unconditionally; what it added is found out by reading the
// range again: cells that were not there before and that the source has.
#pragma once

#include <string>

#include "probes/api/table_copy.h"
#include "verifier/repair/apply_direct.h"

namespace twinwatch {

struct CopyParts {
  ApplySides sides;
  PlannedPair pair;
  TableCopier* copier = nullptr;
  Journal* journal = nullptr;
  ApplyObserver* observer = nullptr;
  Deadline deadline;  // of the job
};

class CopyWatcher {
 public:
  virtual ~CopyWatcher() = default;
  virtual void OnCopying(const PlannedRange& range, double share) = 0;
};

// `place` is the range's in the plan. A range that was copied before is not copied again. Of an
// error nothing but the before-image may be relied on: the range may be copied in part, and Undo
// works.
Task<Status> ApplyCopy(CopyParts parts, size_t place, PlannedRange range, CopyWatcher* watcher);

// After a job that ended in any way: notes what it added. Undo does it where apply could not.
Task<Status> NoteWhatWasCopied(ApplySides sides, PlannedRange range, Journal* journal);

}  // namespace twinwatch
