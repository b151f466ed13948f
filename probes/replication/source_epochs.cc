#include "probes/replication/source_epochs.h"

#include <map>
#include <utility>

#include "probes/replication/master_looks.h"
#include "probes/replication/rules/barrier_goal.h"

namespace twinwatch {
namespace {

// A WAL that a dead server left, in a queue that was claimed or not.
std::string LeftBehind(const QueueReading& reading) {
  for (const WalQueue& queue : reading.queues) {
    if (queue.IsOfLiveServer() || queue.wals.empty()) continue;
    return fmt::format("WAL {} of a dead region server is still queued", queue.wals[0].name);
  }
  return "";
}

class QueueEpochs : public SourceEpochs {
 public:
  QueueEpochs(Cluster* source, std::string peer_id)
      : source_(source), peer_id_(std::move(peer_id)) {}

  void Begin() override {
    peer_created_.reset();
    positions_.clear();
  }

  Task<StatusOr<SourceLook>> Look() override {
    CO_ASSIGN_OR_RETURN(const QueueReading reading, co_await source_->ReadQueues(peer_id_));
    CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await source_->Describe());
    CO_RETURN_IF_ERROR(CheckSamePeer(reading, &peer_created_));
    for (const WalQueue& queue : reading.queues) {
      for (const QueuedWal& wal : queue.wals) {
        uint64_t& seen = positions_[wal.name];
        if (wal.position.value_or(0) < seen) ++rewinds_;
        seen = wal.position.value_or(0);
      }
    }
    co_return SourceLook{EpochOf(info.live_servers, reading, rewinds_), LeftBehind(reading)};
  }

 private:
  Cluster* source_;
  std::string peer_id_;
  std::optional<int64_t> peer_created_;
  uint64_t rewinds_ = 0;  // positions that went back
  std::map<std::string, uint64_t> positions_;
};

class MasterEpochs : public SourceEpochs {
 public:
  MasterEpochs(Cluster* source, std::string peer_id, std::optional<ClosedMembers> members)
      : looks_(source, std::move(peer_id), std::move(members)) {}

  void Begin() override {}

  Task<StatusOr<SourceLook>> Look() override {
    co_await SleepUntil(looks_.ask_at());
    const Status asked = co_await looks_.Look(absl::Now());
    if (absl::IsNotFound(asked)) co_return absl::FailedPreconditionError(asked.message());
    CO_RETURN_IF_ERROR(asked);
    QueueReading reading;
    reading.peer_stamp = looks_.watch().stamp();
    reading.peer_enabled = looks_.peer_enabled();
    std::optional<int64_t> created;  // which only ZooKeeper knows
    CO_RETURN_IF_ERROR(CheckSamePeer(reading, &created));
    SourceLook look{EpochOf(looks_.live(), reading, 0), ""};
    const std::map<ServerName, std::string> dead = looks_.watch().Dead();
    if (!dead.empty()) look.left_behind = dead.begin()->second;
    co_return look;
  }

 private:
  MasterLooks looks_;
};

}  // namespace

std::unique_ptr<SourceEpochs> NewQueueEpochs(Cluster* source, std::string peer_id) {
  return std::make_unique<QueueEpochs>(source, std::move(peer_id));
}

std::unique_ptr<SourceEpochs> NewMasterEpochs(Cluster* source, std::string peer_id,
                                              std::optional<ClosedMembers> members) {
  return std::make_unique<MasterEpochs>(source, std::move(peer_id), std::move(members));
}

}  // namespace twinwatch
