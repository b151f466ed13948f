// Looks for files by their names alone, in all tables below HBase's root folder, as a ref names no
// more of a file.
//
// Where a bulk-loaded file may be: `data/<namespace>/<table>/<region>/<family>`, and after a
// compaction, a split or a drop below `archive/` in the same place, on its way there perhaps below
// `.tmp/` (HBase 2.4). It never goes back, so folders are looked at in that order, and a file that
// is moved meanwhile is met behind. The target looks in these two places too (HFileReplicator).
#pragma once

#include <map>
#include <set>
#include <string>

#include "agent/core/status.h"
#include "probes/api/async.h"
#include "probes/api/folders.h"
#include "probes/api/replication.h"

namespace twinwatch {

struct HFileQuest {
  std::set<std::string> names;
  // Where files were before, by name: these folders are looked at first.
  std::map<std::string, std::string> known;
  bool everywhere = true;      // where they are not in `known`
  std::set<std::string> rare;  // not worth to be looked for everywhere if no others are
  Peer peer;                   // tables that it lets through are looked at before the others
  size_t folders = 2000;       // no more are listed
  Deadline deadline;
};

struct HFilesFound {
  std::map<std::string, std::string> folders;  // by name
  bool everywhere = false;                     // each folder was looked at: the rest is nowhere
  // Why the search ended before its time: kResourceExhausted, kDeadlineExceeded (too many folders),
  // or that of a folder that could not be listed.
  Status ended;
};

Task<HFilesFound> SearchHFiles(Folders* folders, HFileQuest quest);

}  // namespace twinwatch
