// Flushes a region and has all its files rewritten by a major compaction.
#pragma once

#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/hbase/locator.h"

namespace twinwatch::hbase {

// What a region server says that a region does.
struct CompactionState {
  bool minor = false;
  bool major = false;

  bool idle() const { return !minor && !major; }
};

enum class CompactionResult {
  kDone,
  kAgain,    // some files were being compacted already: then a server takes no others, or not all
  kIgnored,  // the server began nothing
};

// `before`: the files when it was asked for; `begun`: the state behind that; `after`: the files
// when the region was idle again. A server selects files before it answers, so a compaction that it
// began is in `begun`, unless it has ended.
CompactionResult JudgeCompaction(const std::vector<std::string>& before, CompactionState begun,
                                 const std::vector<std::string>& after);

class Compactor {
 public:
  // Both must outlive it.
  Compactor(const Connections* connections, Locator* locator)
      : connections_(connections), locator_(locator) {}

  // kFailedPrecondition when the server ignores it: compactions are switched off.
  Task<Status> FlushAndCompact(TableName table, std::string row, Deadline deadline);

 private:
  Task<StatusOr<CompactionResult>> Attempt(RegionLocation region, Deadline deadline);
  Task<Status> Flush(RegionLocation region, Deadline deadline);
  Task<Status> WaitUntilIdle(RegionLocation region, Deadline deadline);
  Task<StatusOr<CompactionState>> StateOf(RegionLocation region, Deadline deadline);
  Task<StatusOr<std::vector<std::string>>> FilesOf(RegionLocation region, Deadline deadline);
  template <typename Request, typename Answer>
  Task<Status> Call(std::string method, RegionLocation region, Request request, Answer* answer,
                    Deadline deadline);

  const Connections* connections_;
  Locator* locator_;
};

}  // namespace twinwatch::hbase
