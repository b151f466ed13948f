#include "probes/hbase/znode_queues.h"

#include <algorithm>
#include <utility>

#include "probes/hbase/queue_id.h"
#include "probes/hbase/znode_layout.h"

namespace twinwatch::hbase {

namespace {

constexpr int kAttempts = 10;
// An absent znode; no real one has this cversion.
constexpr int32_t kNoZnode = -1;
constexpr std::chrono::seconds kFollowedFor{30};

// WAL names are GROUP.BEGUN.
std::string_view GroupOf(std::string_view wal) { return wal.substr(0, wal.rfind('.')); }

// Of a queue's WALs, which are sorted by group and age, those whose positions may move.
std::vector<QueuedWal*> Moving(std::vector<QueuedWal>* wals) {
  std::vector<QueuedWal*> moving;
  for (size_t i = 0; i < wals->size(); ++i) {
    QueuedWal& wal = (*wals)[i];
    const bool is_third = i >= 2 && GroupOf((*wals)[i - 2].name) == GroupOf(wal.name);
    if (!is_third) moving.push_back(&wal);
  }
  return moving;
}

}  // namespace

Task<StatusOr<ZnodeChildren>> ZnodeQueues::ChildrenOrNone(std::string path, bool watch) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    StatusOr<ZnodeChildren> children = co_await znodes_->Children(path, watch);
    if (!absl::IsNotFound(children.status())) {
      if (children.ok()) std::sort(children->names.begin(), children->names.end());
      co_return children;
    }
    const size_t slash = path.rfind('/');
    if (!watch || slash == 0) break;
    // What is not there takes no watch: its parent tells when it comes.
    CO_ASSIGN_OR_RETURN(const ZnodeChildren beside,
                        co_await ChildrenOrNone(path.substr(0, slash), true));
    if (!std::binary_search(beside.names.begin(), beside.names.end(), path.substr(slash + 1)))
      break;
  }
  ZnodeChildren none;
  none.cversion = kNoZnode;
  co_return none;
}

Task<StatusOr<QueueReading>> ZnodeQueues::Follow(std::string peer_id) {
  CO_RETURN_IF_ERROR(co_await Synced());
  Followed& followed = followed_[peer_id];
  const Deadline now = std::chrono::steady_clock::now();
  if (followed.changes == znodes_->changes() && now < followed.old_at) {
    QueueReading reading = followed.reading;
    const Status read = co_await ReadNewPositions(&reading);
    if (!read.ok() && !absl::IsNotFound(read)) co_return read;
    if (read.ok() && followed.changes == znodes_->changes()) {
      followed.reading = reading;
      co_return reading;
    }
  }
  followed.old_at = Deadline();
  const uint64_t changes = znodes_->changes();
  CO_ASSIGN_OR_RETURN(QueueReading reading, co_await Read(peer_id));
  followed = Followed{reading, changes, now + kFollowedFor};
  co_return reading;
}

Task<Status> ZnodeQueues::ReadNewPositions(QueueReading* reading) {
  for (WalQueue& queue : reading->queues) {
    const std::string path =
        base_ + "/replication/rs/" + queue.owner.ToString() + "/" + queue.queue_id;
    for (QueuedWal* wal : Moving(&queue.wals)) CO_RETURN_IF_ERROR(co_await ReadPosition(path, wal));
  }
  co_return absl::OkStatus();
}

Task<Status> ZnodeQueues::ReadPosition(std::string queue_path, QueuedWal* wal) {
  const std::string path = queue_path + "/" + wal->name;
  CO_ASSIGN_OR_RETURN(const Znode node, co_await znodes_->Get(path, false));
  StatusOr<std::optional<uint64_t>> position = ParsePositionZnode(node.data);
  if (!position.ok()) co_return Annotate(position.status(), path);
  wal->position = *position;
  wal->position_mtime_ms = node.mtime_ms;
  co_return absl::OkStatus();
}

// What is read from now on is no older than this. There may be no replication yet.
Task<Status> ZnodeQueues::Synced() {
  const Status synced = co_await znodes_->Sync(base_ + "/replication");
  co_return absl::IsNotFound(synced) ? absl::OkStatus() : synced;
}

Task<StatusOr<QueueReading>> ZnodeQueues::Read(std::string peer_id) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CO_RETURN_IF_ERROR(co_await Synced());
    QueueReading reading;
    Versions versions;
    CO_RETURN_IF_ERROR(co_await ReadOnce(peer_id, &reading, &versions));
    CO_ASSIGN_OR_RETURN(const bool same, co_await StillAt(&versions));
    if (same) co_return reading;
  }
  co_return Error(absl::StatusCode::kUnavailable,
                  "replication queues were claimed by other servers again and again while they "
                  "were read ({} times): is the cluster restarting?",
                  kAttempts);
}

// A claim moves a queue from one server to another in one transaction, which shows in the servers'
// cversions and in nothing else.
Task<StatusOr<bool>> ZnodeQueues::StillAt(const Versions* versions) {
  for (const auto& [path, version] : *versions) {
    CO_ASSIGN_OR_RETURN(const ZnodeChildren now, co_await ChildrenOrNone(path, true));
    if (now.cversion != version) co_return false;
  }
  co_return true;
}

Task<Status> ZnodeQueues::ReadOnce(std::string peer_id, QueueReading* reading, Versions* versions) {
  CO_ASSIGN_OR_RETURN(ZnodeChildren peers,
                      co_await ChildrenOrNone(base_ + "/replication/peers", true));
  reading->peer_ids = std::move(peers.names);
  const std::string rs_path = base_ + "/replication/rs";
  CO_ASSIGN_OR_RETURN(const ZnodeChildren servers, co_await ChildrenOrNone(rs_path, true));
  (*versions)[rs_path] = servers.cversion;
  for (const std::string& server : servers.names) {
    CO_RETURN_IF_ERROR(co_await ReadServer(server, peer_id, reading, versions));
  }
  CO_ASSIGN_OR_RETURN(const ZnodeChildren live, co_await ChildrenOrNone(base_ + "/rs", true));
  for (WalQueue& queue : reading->queues) {
    queue.owner_alive =
        std::binary_search(live.names.begin(), live.names.end(), queue.owner.ToString());
  }
  for (const std::string& name : live.names) {
    StatusOr<ServerName> server = ServerName::Parse(name);
    if (server.ok()) reading->live_servers.push_back(*std::move(server));
  }
  CO_ASSIGN_OR_RETURN(const ZnodeChildren refs,
                      co_await ChildrenOrNone(base_ + "/replication/hfile-refs/" + peer_id, true));
  reading->hfile_refs = refs.names.size();
  for (const std::string& id : reading->peer_ids) {
    if (id == peer_id) CO_RETURN_IF_ERROR(co_await ReadPeer(peer_id, reading));
  }
  co_return absl::OkStatus();
}

// A peer that is disabled or enabled changes nothing but its state.
Task<Status> ZnodeQueues::ReadPeer(std::string peer_id, QueueReading* reading) {
  const std::string path = base_ + "/replication/peers/" + peer_id;
  const StatusOr<Znode> config = co_await znodes_->Get(path, true);
  if (absl::IsNotFound(config.status())) co_return absl::OkStatus();
  CO_RETURN_IF_ERROR(config.status());
  const StatusOr<Znode> state = co_await znodes_->Get(path + "/peer-state", true);
  if (absl::IsNotFound(state.status())) co_return absl::OkStatus();
  CO_RETURN_IF_ERROR(state.status());
  CO_ASSIGN_OR_RETURN(const Peer peer, ParsePeerZnodes(peer_id, config->data, state->data));
  reading->peer_enabled = peer.enabled;
  PeerStamp stamp;
  stamp.created = config->czxid;
  stamp.config = config->mzxid;
  stamp.state = state->mzxid;
  reading->peer_stamp = stamp;
  PeerTimes times;
  times.created_ms = config->ctime_ms;
  times.state_since_ms = state->mtime_ms;
  reading->peer_times = times;
  co_return absl::OkStatus();
}

Task<Status> ZnodeQueues::ReadServer(std::string server, std::string peer_id, QueueReading* reading,
                                     Versions* versions) {
  const StatusOr<ServerName> owner = ServerName::Parse(server);
  if (!owner.ok()) co_return absl::OkStatus();  // HBase 2.5 puts other names here for an instant
  const std::string path = base_ + "/replication/rs/" + server;
  CO_ASSIGN_OR_RETURN(const ZnodeChildren queues, co_await ChildrenOrNone(path, true));
  (*versions)[path] = queues.cversion;
  for (const std::string& name : queues.names) {
    const StatusOr<QueueId> id = ParseQueueId(name);
    if (!id.ok()) continue;
    if (std::find(reading->peer_ids.begin(), reading->peer_ids.end(), id->peer_id) ==
        reading->peer_ids.end()) {
      reading->orphan_queues.push_back(server + "/" + name);
    }
    if (id->peer_id != peer_id) continue;
    StatusOr<WalQueue> queue = co_await ReadQueue(*owner, name);
    if (absl::IsNotFound(queue.status())) continue;  // claimed or finished meanwhile
    CO_RETURN_IF_ERROR(queue.status());
    queue->dead_servers = id->dead_servers;
    reading->queues.push_back(*std::move(queue));
  }
  co_return absl::OkStatus();
}

Task<StatusOr<WalQueue>> ZnodeQueues::ReadQueue(ServerName owner, std::string queue_id) {
  WalQueue queue;
  queue.owner = owner;
  queue.queue_id = queue_id;
  const std::string path = base_ + "/replication/rs/" + owner.ToString() + "/" + queue_id;
  CO_ASSIGN_OR_RETURN(ZnodeChildren wals, co_await znodes_->Children(path, true));
  // Names end in a time of thirteen digits: by group, then by age.
  std::sort(wals.names.begin(), wals.names.end());
  for (std::string& name : wals.names) {
    QueuedWal wal;
    wal.name = std::move(name);
    const Status read = co_await ReadPosition(path, &wal);
    if (absl::IsNotFound(read)) continue;  // shipped meanwhile
    CO_RETURN_IF_ERROR(read);
    queue.wals.push_back(std::move(wal));
  }
  co_return queue;
}

Task<StatusOr<HFileRefs>> ZnodeQueues::ReadHFileRefs(std::string peer_id, HFileRefTimes known,
                                                     Deadline deadline) {
  const std::string path = base_ + "/replication/hfile-refs/" + peer_id;
  CO_ASSIGN_OR_RETURN(ZnodeChildren names, co_await ChildrenOrNone(path, false));
  HFileRefs refs;
  refs.count = names.names.size();
  names.names.resize(std::min(names.names.size(), kMostHFileRefs));
  for (std::string& name : names.names) {
    HFileRef ref;
    ref.name = std::move(name);
    if (const auto it = known.find(ref.name); it != known.end()) {
      ref.created_ms = it->second;
    } else if (std::chrono::steady_clock::now() < deadline) {
      const StatusOr<Znode> node = co_await znodes_->Get(path + "/" + ref.name, false);
      if (absl::IsNotFound(node.status())) {  // shipped meanwhile
        --refs.count;
        continue;
      }
      CO_RETURN_IF_ERROR(node.status());
      ref.created_ms = node->ctime_ms;
    }
    refs.refs.push_back(std::move(ref));
  }
  co_return refs;
}

Task<StatusOr<std::vector<Peer>>> ZnodeQueues::Peers() {
  CO_ASSIGN_OR_RETURN(const ZnodeChildren ids,
                      co_await ChildrenOrNone(base_ + "/replication/peers", true));
  std::vector<Peer> peers;
  for (const std::string& id : ids.names) {
    const std::string path = base_ + "/replication/peers/" + id;
    CO_ASSIGN_OR_RETURN(const Znode config, co_await znodes_->Get(path, false));
    CO_ASSIGN_OR_RETURN(const Znode state, co_await znodes_->Get(path + "/peer-state", true));
    CO_ASSIGN_OR_RETURN(Peer peer, ParsePeerZnodes(id, config.data, state.data));
    peers.push_back(std::move(peer));
  }
  co_return peers;
}

}  // namespace twinwatch::hbase
