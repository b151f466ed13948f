// Barriers over a replication peer: as strong as the pair allows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "probes/api/barrier.h"
#include "probes/api/cluster.h"
#include "probes/api/wal_files.h"
#include "probes/replication/rules/closed_watch.h"

namespace twinwatch {

// All must outlive the barrier.
struct BarrierParts {
  Cluster* source = nullptr;
  Cluster* target = nullptr;
  WalFiles* wals = nullptr;  // null: the lengths of the source's WALs cannot be had
  std::string no_wals;       // and why not
  Peer peer;
  TableName heartbeat_table;
  std::string writer_id;  // of this process's rows in the heartbeat table
  // Where ZooKeeper's replication znodes are closed to us:
  bool has_wal_groups = false;           // of a server, as far as its configuration is known
  std::optional<ClosedMembers> members;  // as remembered
  // Nobody wants to know any more: a Pass ends within a second, with kCancelled. Null: somebody
  // always does.
  std::function<bool()> given_up = nullptr;

  Status CheckWanted() const;
};

// Sees what there is to prove anything with. kNotFound when no barrier exists; the message says
// what is missing and what would help. Other errors: the cluster could not be asked.
Task<StatusOr<std::unique_ptr<Barrier>>> OpenBarrier(BarrierParts parts);

}  // namespace twinwatch
