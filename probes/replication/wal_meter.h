// The lengths of all queued WALs, round after round, without asking for each of them every time: a
// WAL that has been closed for a while does not change. Those that are written to come first, so
// that a long backlog does not keep them from being known.
#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "probes/api/wal_files.h"
#include "probes/replication/link_reading.h"

namespace twinwatch {

class WalMeter {
 public:
  // `files` must outlive it.
  explicit WalMeter(WalFiles* files) : files_(files) {}

  // Asked for after `queues` were read. What was not learnt within `patience` is not known.
  Task<WalLengths> Measure(const QueueReading* queues, std::chrono::milliseconds patience);

 private:
  struct Closed {
    absl::Time since;       // it was first seen to be closed
    absl::Time checked_at;  // it was last asked for
    StatusOr<WalFile> file = absl::UnavailableError("it was not asked for yet");

    bool IsSettled() const;
  };

  // Whom to ask now, in this order.
  std::vector<std::string> Plan(const QueueReading& queues, absl::Time now);

  WalFiles* files_;
  std::map<std::string, Closed> closed_;
};

// The queued WALs that are written to: the newest of each group of a live server's own queue. A
// name that is not understood counts as one.
std::vector<std::string> OpenWals(const QueueReading& queues);

}  // namespace twinwatch
