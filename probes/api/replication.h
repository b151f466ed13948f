// What a cluster knows of its replication, as values: peers, queues, and HBase's own figures.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/server_name.h"
#include "agent/core/table_name.h"

namespace twinwatch {

struct Peer {
  // A table of a peer's list; no families means all of them.
  using TableFamilies = std::map<TableName, std::vector<std::string>>;

  std::string id;
  bool enabled = true;
  std::string cluster_key;  // empty for peers with an endpoint of their own
  std::string endpoint;     // Java class, empty for HBase's own
  bool replicate_all = true;
  TableFamilies tables;  // used when not replicate_all
  std::vector<std::string> namespaces;
  TableFamilies excluded_tables;  // used when replicate_all
  std::vector<std::string> excluded_namespaces;
  bool serial = false;

  bool operator==(const Peer&) const = default;
};

struct QueuedWal {
  std::string name;
  // Bytes that the target is known to have; none while nothing of this WAL was shipped (the znode
  // is empty: also the case for a WAL that holds nothing but its header).
  std::optional<uint64_t> position;
  int64_t position_mtime_ms = 0;  // ZooKeeper's clock
};

// One queue of WALs: what one region server has to ship to one peer.
struct WalQueue {
  ServerName owner;         // works on it now
  bool owner_alive = true;  // has its ephemeral znode
  std::string queue_id;
  std::vector<ServerName>
      dead_servers;             // whose WALs these were, oldest first; empty: the owner's own
  std::vector<QueuedWal> wals;  // by group, then by age

  // Nothing that a dead server left, claimed or not.
  bool IsOfLiveServer() const { return owner_alive && dead_servers.empty(); }
};

// When ZooKeeper last saw a peer's znodes change. A peer that was removed and added again is
// another one (`created`); a change of configuration or state makes new sources, which begin at
// position 0.
struct PeerStamp {
  int64_t created = 0;  // czxid of the peer's znode
  int64_t config = 0;   // its mzxid
  int64_t state = 0;    // mzxid of its peer-state

  bool operator==(const PeerStamp&) const = default;
};

// The same moments by ZooKeeper's clock.
struct PeerTimes {
  int64_t created_ms = 0;
  int64_t state_since_ms = 0;  // enabled, or disabled
};

// One look at the queues of a peer. No queue was claimed while it was read.
struct QueueReading {
  std::optional<PeerStamp> peer_stamp;     // none: ZooKeeper has no such peer
  std::optional<bool> peer_enabled;        // as its znode says; none as above
  std::optional<PeerTimes> peer_times;     // none as above
  std::vector<std::string> peer_ids;       // every peer that ZooKeeper has
  std::vector<WalQueue> queues;            // the peer's
  std::vector<ServerName> live_servers;    // those with their ephemeral znode, read after `queues`
  std::vector<std::string> orphan_queues;  // "server/queue" of peers that do not exist any more
  uint64_t hfile_refs = 0;                 // bulk-loaded files that wait for the peer
};

// A bulk-loaded file that HBase keeps until the peer has it.
struct HFileRef {
  std::string name;
  std::optional<int64_t> created_ms;  // ZooKeeper's clock; none: it was not read
};

struct HFileRefs {
  uint64_t count = 0;          // all of them
  std::vector<HFileRef> refs;  // the first by name, no more than kMostHFileRefs
};

// Leaked refs pile up for ever: a cluster may have any number of them.
inline constexpr size_t kMostHFileRefs = 10'000;

// When refs were made, by name.
using HFileRefTimes = std::map<std::string, int64_t>;

// One queue as a region server reported it to its master, up to some seconds ago.
struct ReportedLoad {
  ServerName server;
  std::string peer_id;
  std::string queue_id;
  uint64_t lag_ms = 0;
  uint64_t age_of_last_shipped_ms = 0;
  uint32_t log_queue = 0;
  bool recovered = false;
  std::vector<ServerName> dead_servers;  // whose WALs these were, by the queue's id; oldest first
};

// What a region server last told its master, by the server's own clock.
struct ServerReport {
  ServerName server;
  int64_t made_ms = 0;
  int64_t previous_ms = 0;  // when the one before was made
};

// Something that the master does, or did not long ago: HBase keeps what has ended for a minute at
// the least where a client waited for it (peers), else until its next cleaning.
struct MasterProcedure {
  uint64_t id = 0;
  bool has_ended = false;
  bool was_bypassed = false;  // an operator has ended it half done
  // Whose death it works on; none: it changes a peer, and makes new sources.
  std::optional<ServerName> crashed;

  auto operator<=>(const MasterProcedure&) const = default;
};

}  // namespace twinwatch
