// Refs of bulk-loaded files (hfile-refs in ZooKeeper): which of them wait for the peer, which were
// forgotten, and whose files are gone. No I/O.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "probes/api/replication.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

enum class RefState {
  kWaiting,  // its bulk load may still be in a queue
  kLeaked,   // what was written when it was made is on the target, and it stands there still
  kUnknown,
};

// How far behind the making of a ref the watermark must be for the ref to be a leaked one.
//
// A source takes refs away as soon as the target has the bulk load, before it moves its position on
// (ReplicationSourceShipper.shipEdits), so one that stays behind the watermark stays for ever
// (HBASE-22335, HBASE-25590, a bulk load that failed half-way). But the ref is older than the event
// in the WAL: it is made first, then the files are moved, then the event is written
// (HRegion.bulkLoadHFiles), and a full file system or a long pause of Java may lie in between. And
// two clocks are compared: the ref has ZooKeeper's, the watermark the agent's.
inline constexpr absl::Duration kRefsSettle = absl::Minutes(5);

// A ref that is younger than `settle` waits, whatever the watermark is.
RefState JudgeRef(std::optional<int64_t> created_ms, std::optional<absl::Time> watermark,
                  absl::Time now, absl::Duration settle);

// What searches of the file system have said of files. Once is not enough: a file is where nobody
// looks while its table is dropped.
class MissingHFiles {
 public:
  // `apart` is how long after a search that missed a file another one must begin to count.
  explicit MissingHFiles(absl::Duration apart) : apart_(apart) {}

  // Refs that do not stand any more are forgotten.
  void Keep(const std::set<std::string>& standing);
  void Found(const std::string& name);
  // Searched for everywhere, by a search that began at `at`.
  void Missed(const std::string& name, absl::Time at);

  bool IsGone(const std::string& name) const;
  bool WasMissed(const std::string& name) const { return files_.contains(name); }

 private:
  struct Missing {
    absl::Time since;
    bool gone = false;
  };

  absl::Duration apart_;
  std::map<std::string, Missing> files_;
};

// Of each ref what is known.
struct RefView {
  RefState state = RefState::kUnknown;
  bool gone = false;
  bool dated = false;       // it is known when it was made
  bool looked_for = false;  // its file was found, is gone, or is too young to be looked for
};

// `why_not_found` says why files were not looked for, or not everywhere; `why_no_states` why there
// is no watermark.
HFileFindings SummarizeRefs(const HFileRefs& refs, const std::map<std::string, RefView>& views,
                            const std::string& why_not_found, const std::string& why_no_states);

// Of a peer for which nothing waits.
HFileFindings NoHFiles();

// Puts what the last audit found into a link that was read since: of no refs all is known.
void AddHFiles(const HFileFindings& findings, LinkStatus* link);

}  // namespace twinwatch
