// Peers and replication queues as ZooKeeper has them (HBase 2.x).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/replication.h"
#include "probes/api/znodes.h"

namespace twinwatch::hbase {

class ZnodeQueues {
 public:
  // `znodes` must outlive it.
  ZnodeQueues(Znodes* znodes, std::string base_znode)
      : znodes_(znodes), base_(std::move(base_znode)) {}

  // Every queue of the peer, with watches on the lists of servers, queues, WALs and peers, so that
  // Znodes::WaitForChange hears of their changes; positions are not watched. Read again when a
  // queue was claimed meanwhile; kUnavailable when that happened again and again.
  Task<StatusOr<QueueReading>> Read(std::string peer_id);

  // As Read, for whoever asks again and again: while no watch tells of a change, only the positions
  // of the WALs that are read now are looked at, two of each group (a reader that goes on to the
  // next WAL moves there before the list is changed). Everything all the same each half minute.
  Task<StatusOr<QueueReading>> Follow(std::string peer_id);

  Task<StatusOr<std::vector<Peer>>> Peers();

  // As Cluster has it. One read a time, so that with a cap the queues' reads get their turns.
  Task<StatusOr<HFileRefs>> ReadHFileRefs(std::string peer_id, HFileRefTimes known,
                                          Deadline deadline);

 private:
  // cversions of the znodes under which queues come and go when they are claimed.
  using Versions = std::map<std::string, int32_t>;
  struct Followed {
    QueueReading reading;
    uint64_t changes = 0;  // Znodes::changes, from before it was read
    Deadline old_at{};
  };

  Task<Status> Synced();
  Task<StatusOr<ZnodeChildren>> ChildrenOrNone(std::string path, bool watch);
  Task<Status> ReadOnce(std::string peer_id, QueueReading* reading, Versions* versions);
  Task<Status> ReadServer(std::string server, std::string peer_id, QueueReading* reading,
                          Versions* versions);
  Task<StatusOr<bool>> StillAt(const Versions* versions);
  Task<Status> ReadPeer(std::string peer_id, QueueReading* reading);
  Task<StatusOr<WalQueue>> ReadQueue(ServerName owner, std::string queue_id);
  // kNotFound when it was shipped, or its queue claimed.
  Task<Status> ReadPosition(std::string queue_path, QueuedWal* wal);
  Task<Status> ReadNewPositions(QueueReading* reading);

  Znodes* znodes_;
  std::string base_;
  std::map<std::string, Followed> followed_;  // by peer
};

}  // namespace twinwatch::hbase
