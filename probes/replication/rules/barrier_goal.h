// The position barrier without I/O: what must be passed so that everything written before it is on
// the target, and what a later reading of the queues says of it.
//
// Rests on what HBase promises: a source writes its position only after the whole batch was
// applied by the target, and a WAL is in every peer's queue before the first edit is in the WAL.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/replication.h"
#include "probes/api/wal_files.h"

namespace twinwatch {

// kFailedPrecondition when nothing can pass now: the peer is disabled or gone, or not the one that
// was created at `*created` (set by the first call).
Status CheckSamePeer(const QueueReading& reading, std::optional<int64_t>* created);

class BarrierGoal {
 public:
  // How long each queued WAL was, by its name, measured after `reading`.
  using Lengths = std::map<std::string, StatusOr<WalFile>>;

  // Errors. kFailedPrecondition: nothing can prove it now (the peer is gone or disabled, a source
  // is broken, a closed WAL is empty). kUnavailable: the length of a WAL that is written to is not
  // known, or it is not there yet (queues hear of a WAL before its file is made).
  static StatusOr<BarrierGoal> Set(const QueueReading& reading, const Lengths& lengths);

  // Crosses off the WALs that `now` shows to be passed; what was crossed off stays so.
  // kFailedPrecondition: the peer was disabled, removed, or removed and added again.
  Status Look(const QueueReading& now);

  bool Passed() const { return waiting_.empty(); }
  // For what it waits, for people; empty when it has passed.
  std::string WaitsFor() const;

 private:
  struct WalGoal {
    std::string wal;
    std::string group;
    int64_t begun_ms = 0;
    // The position to be reached; none: the WAL has to leave its queue.
    std::optional<uint64_t> length;
    std::string owner;  // as last seen
    std::optional<uint64_t> position;
  };

  static std::optional<WalGoal> ToGoal(const WalQueue& queue, const QueuedWal& wal);

  std::optional<int64_t> peer_created_;
  std::vector<WalGoal> waiting_;
};

// Whether some live region server writes to more than one WAL group (hbase.wal.provider=multiwal):
// a heartbeat syncs its own group only, and two heartbeats say nothing of the others.
bool HasSeveralGroups(const QueueReading& reading);

}  // namespace twinwatch
