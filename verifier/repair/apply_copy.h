// The engine `copytable`: a range copied as a whole by HBase's own job.
//
//   before-image of range and time span -> journal -> the job -> what it added -> journal
//
// The job reads when it runs and writes unconditionally; what it added is found out by reading the
// range again: cells that were not there before and that the source has.
#pragma once

#include <string>
#include <string_view>

#include "probes/api/table_copy.h"
#include "verifier/repair/apply_direct.h"

namespace twinwatch {

struct CopyParts {
  ApplySides sides;
  TableCopier* copier = nullptr;
  Journal* journal = nullptr;
  ApplyObserver* observer = nullptr;
  Deadline deadline;  // of the job
};

class CopyWatcher {
 public:
  virtual ~CopyWatcher() = default;
  virtual void OnCopying(const PlannedRange& range, double share) = 0;
  // By this run or an earlier one.
  virtual void OnCopied(const PlannedRange& range) = 0;
  // The job wrote to a row that is not among the planned ones: whether that made it another one is
  // not known.
  virtual void OnAlsoWritten(const PlannedRange& range, std::string_view row) = 0;
};

// One for all attempts of a range: what an earlier one left running is found by it.
std::string CopyTagOf(const Journal& journal, size_t place);

// `place` is the range's in the plan. A range that was copied, or undone, is not copied again. What
// became of each planned row is told to the observer: all are skipped where CopyTable would write
// something else than planned. Of an error nothing but the before-image may be relied on: the range
// may be copied in part, and Undo works.
Task<Status> ApplyCopy(CopyParts parts, size_t place, PlannedRange range, CopyWatcher* watcher);

}  // namespace twinwatch
