#include "probes/hbase/znode_queues.h"

#include <algorithm>
#include <utility>

#include "probes/hbase/queue_id.h"
#include "probes/hbase/znode_layout.h"

namespace twinwatch::hbase {

Task<StatusOr<std::vector<std::string>>> ZnodeQueues::ChildrenOrNone(std::string path, bool watch) {
  StatusOr<std::vector<std::string>> names = co_await znodes_->Children(path, watch);
  if (absl::IsNotFound(names.status())) co_return std::vector<std::string>();
  if (names.ok()) std::sort(names->begin(), names->end());
  co_return names;
}

Task<StatusOr<QueueReading>> ZnodeQueues::Read(std::string peer_id) {
  QueueReading reading;
  CO_ASSIGN_OR_RETURN(reading.peer_ids,
                      co_await ChildrenOrNone(base_ + "/replication/peers", true));
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> servers,
                      co_await ChildrenOrNone(base_ + "/replication/rs", true));
  for (const std::string& server : servers) {
    CO_RETURN_IF_ERROR(co_await ReadServer(server, peer_id, &reading));
  }
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> live,
                      co_await ChildrenOrNone(base_ + "/rs", true));
  for (WalQueue& queue : reading.queues) {
    queue.owner_alive = std::binary_search(live.begin(), live.end(), queue.owner.ToString());
  }
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> refs,
                      co_await ChildrenOrNone(base_ + "/replication/hfile-refs/" + peer_id, false));
  reading.hfile_refs = refs.size();
  // A disabled or enabled peer changes nothing but its state.
  for (const std::string& id : reading.peer_ids) {
    const StatusOr<Znode> state =
        co_await znodes_->Get(base_ + "/replication/peers/" + id + "/peer-state", true);
    if (!state.ok() && !absl::IsNotFound(state.status())) co_return state.status();
  }
  co_return reading;
}

Task<Status> ZnodeQueues::ReadServer(std::string server, std::string peer_id,
                                     QueueReading* reading) {
  const StatusOr<ServerName> owner = ServerName::Parse(server);
  if (!owner.ok()) co_return absl::OkStatus();  // HBase 2.5 puts other names here for an instant
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> queues,
                      co_await ChildrenOrNone(base_ + "/replication/rs/" + server, true));
  for (const std::string& name : queues) {
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
  CO_ASSIGN_OR_RETURN(std::vector<std::string> wals, co_await znodes_->Children(path, true));
  std::sort(wals.begin(),
            wals.end());  // names end in a time of thirteen digits: by group, then by age
  for (std::string& name : wals) {
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
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                      co_await ChildrenOrNone(base_ + "/replication/peers", true));
  std::vector<Peer> peers;
  for (const std::string& id : ids) {
    const std::string path = base_ + "/replication/peers/" + id;
    CO_ASSIGN_OR_RETURN(const Znode config, co_await znodes_->Get(path, false));
    CO_ASSIGN_OR_RETURN(const Znode state, co_await znodes_->Get(path + "/peer-state", true));
    CO_ASSIGN_OR_RETURN(Peer peer, ParsePeerZnodes(id, config.data, state.data));
    peers.push_back(std::move(peer));
  }
  co_return peers;
}

}  // namespace twinwatch::hbase
