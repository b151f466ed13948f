// One look at a link, as values: the queues of its peer, and how long the WALs in them were
// afterwards.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probes/api/replication.h"
#include "probes/api/wal_files.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// By the WAL's name. kNotFound: it was in none of its folders.
using WalLengths = std::map<std::string, StatusOr<WalFile>>;

struct LinkReading {
  // Why ZooKeeper does not show the queues: then there is nothing in `queues` and `lengths`, and
  // what region servers report to their master is all there is.
  std::optional<std::string> closed;
  std::vector<ReportedLoad> loads;  // of the peer; only with `closed`
  QueueReading queues;
  WalLengths lengths;  // asked for after `queues` was read; empty when nobody knows them
  bool peer_enabled = false;
  std::optional<ReportedSummary> reported;  // none when the master does not say
  absl::Time at;
};

}  // namespace twinwatch
