// Rids regions of the target of delete markers that hide what is to be put, and learns where that
// does not help: once a compaction was in vain, the other rows of its region are not worth one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/api/cluster.h"

namespace twinwatch {

inline constexpr std::string_view kMarkerStays =
    "what is to be put lies under a delete marker that a major compaction did not remove "
    "(KEEP_DELETED_CELLS, hbase.hstore.time.to.purge.deletes or an open scanner keeps it)";

class MarkerCompactor {
 public:
  // `target` must outlive it.
  explicit MarkerCompactor(Cluster* target) : target_(target) {}

  bool MayHelp(const TableName& table, std::string_view row) const;
  // Flushes the row's region, compacts all of it, and waits for that: half an hour at the most.
  Task<Status> Compact(TableName table, std::string row);
  // The row's marker is still there.
  Task<Status> WasInVain(TableName table, std::string row);

 private:
  Cluster* target_;
  std::vector<std::pair<TableName, KeyRange>> in_vain_;
};

}  // namespace twinwatch
