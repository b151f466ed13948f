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

}  // namespace

Task<StatusOr<ZnodeChildren>> ZnodeQueues::ChildrenOrNone(std::string path, bool watch) {
  StatusOr<ZnodeChildren> children = co_await znodes_->Children(path, watch);
  if (absl::IsNotFound(children.status())) {
    ZnodeChildren none;
    none.cversion = kNoZnode;
    co_return none;
  }
  if (children.ok()) std::sort(children->names.begin(), children->names.end());
  co_return children;
}

Task<StatusOr<QueueReading>> ZnodeQueues::Read(std::string peer_id) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Status synced = co_await znodes_->Sync(base_ + "/replication");
    if (!synced.ok() && !absl::IsNotFound(synced)) co_return synced;
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
                      co_await ChildrenOrNone(base_ + "/replication/hfile-refs/" + peer_id, false));
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
    const StatusOr<Znode> node = co_await znodes_->Get(path + "/" + name, false);
    if (absl::IsNotFound(node.status())) continue;  // shipped meanwhile
    CO_RETURN_IF_ERROR(node.status());
    StatusOr<std::optional<uint64_t>> position = ParsePositionZnode(node->data);
    if (!position.ok()) co_return Annotate(position.status(), path + "/" + name);
    queue.wals.push_back({std::move(name), *position, node->mtime_ms});
  }
  co_return queue;
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
