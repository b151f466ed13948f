#include "probes/replication/heartbeats_barrier.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "probes/replication/heartbeat_reader.h"
#include "probes/replication/rules/barrier_goal.h"

namespace twinwatch {
namespace {

constexpr std::chrono::milliseconds kPause{200};

// The WALs that dead servers left, in queues that were claimed or not.
std::set<std::string> LeftBehind(const QueueReading& reading) {
  std::set<std::string> names;
  for (const WalQueue& queue : reading.queues) {
    if (queue.IsOfLiveServer()) continue;
    for (const QueuedWal& wal : queue.wals) names.insert(wal.name);
  }
  return names;
}

class HeartbeatsBarrier : public Barrier {
 public:
  HeartbeatsBarrier(BarrierParts parts, std::shared_ptr<HeartbeatWriter> writer)
      : parts_(std::move(parts)), writer_(std::move(writer)) {}

  BarrierKind kind() const override { return BarrierKind::kHeartbeats; }

  Task<StatusOr<BarrierPass>> Pass(Deadline deadline) override {
    BarrierPass pass;
    pass.kind = BarrierKind::kHeartbeats;
    pass.begun = absl::Now();
    peer_created_.reset();
    waits_for_ = "its queues are to be read";
    while (true) {
      CO_RETURN_IF_ERROR(parts_.CheckWanted());
      const StatusOr<bool> passed = co_await Attempt(deadline);
      if (!passed.ok() && !IsTransient(passed.status()))
        co_return Annotate(passed.status(), Where());
      if (passed.ok() && *passed) break;
      if (std::chrono::steady_clock::now() >= deadline) {
        co_return Error(absl::StatusCode::kDeadlineExceeded,
                        "{}: replication did not pass in time: {}", Where(),
                        passed.ok() ? waits_for_ : std::string(Text(passed.status())));
      }
      co_await SleepFor(kPause);
    }
    pass.passed = absl::Now();
    co_return pass;
  }

 private:
  std::string Where() const {
    return fmt::format("peer {} of {}", parts_.peer.id, parts_.source->name());
  }

  // One try at two rounds. False: it was void, or time is up.
  Task<StatusOr<bool>> Attempt(Deadline deadline) {
    rewinds_ = 0;
    positions_.clear();
    CO_ASSIGN_OR_RETURN(const HeartbeatEpoch epoch, co_await Settled(deadline));
    for (const std::string_view which : {"first", "second"}) {
      CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await parts_.source->Describe());
      const uint64_t sequence = ++sequence_;
      CO_ASSIGN_OR_RETURN(const BeatRound round,
                          co_await writer_->Beat(sequence, info.live_servers, epoch, absl::Now()));
      // Servers that ended meanwhile are in neither list.
      if (round.beats.size() + round.uncovered.size() < info.live_servers.size()) co_return false;
      if (!round.uncovered.empty()) {
        co_return Error(absl::StatusCode::kFailedPrecondition,
                        "{} has no region of table {}: nothing can be proven of it until the "
                        "balancer gives it one",
                        round.uncovered.front().HostPort(), parts_.heartbeat_table.ToString());
      }
      CO_ASSIGN_OR_RETURN(const bool arrived, co_await Arrival(round, &epoch, which, deadline));
      if (!arrived) co_return false;
    }
    // Only now is it known that nothing changed during the second round either.
    CO_ASSIGN_OR_RETURN(const HeartbeatEpoch now, co_await ReadEpoch());
    co_return now == epoch;
  }

  // The epoch when all that dead servers had left is shipped: no beat comes behind that.
  Task<StatusOr<HeartbeatEpoch>> Settled(Deadline deadline) {
    while (true) {
      CO_RETURN_IF_ERROR(parts_.CheckWanted());
      CO_ASSIGN_OR_RETURN(const HeartbeatEpoch epoch, co_await ReadEpoch());
      if (left_behind_.empty()) co_return epoch;
      waits_for_ =
          fmt::format("WAL {} of a dead region server is still queued", *left_behind_.begin());
      if (std::chrono::steady_clock::now() >= deadline)
        co_return absl::DeadlineExceededError(ToAbsl(waits_for_));
      co_await parts_.source->WaitForQueueChange(kPause);
    }
  }

  Task<StatusOr<bool>> Arrival(BeatRound round, const HeartbeatEpoch* epoch, std::string_view which,
                               Deadline deadline) {
    waits_for_ = fmt::format("the {} round of heartbeats has not been seen on {}", which,
                             parts_.target->name());
    while (true) {
      CO_RETURN_IF_ERROR(parts_.CheckWanted());
      CO_ASSIGN_OR_RETURN(const bool arrived,
                          co_await HaveArrived(parts_.target, parts_.heartbeat_table, round));
      CO_ASSIGN_OR_RETURN(const HeartbeatEpoch now, co_await ReadEpoch());
      if (now != *epoch) {
        waits_for_ = "servers, queues or the peer change all the time";
        co_return false;
      }
      if (arrived) co_return true;
      if (std::chrono::steady_clock::now() >= deadline) co_return false;
      co_await SleepFor(kPause);
    }
  }

  // Also notes what dead servers have left, and positions that went back.
  Task<StatusOr<HeartbeatEpoch>> ReadEpoch() {
    CO_ASSIGN_OR_RETURN(const QueueReading reading,
                        co_await parts_.source->ReadQueues(parts_.peer.id));
    CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await parts_.source->Describe());
    CO_RETURN_IF_ERROR(CheckSamePeer(reading, &peer_created_));
    for (const WalQueue& queue : reading.queues) {
      for (const QueuedWal& wal : queue.wals) {
        uint64_t& seen = positions_[wal.name];
        if (wal.position.value_or(0) < seen) ++rewinds_;
        seen = wal.position.value_or(0);
      }
    }
    left_behind_ = LeftBehind(reading);
    co_return EpochOf(info.live_servers, reading, rewinds_);
  }

  BarrierParts parts_;
  std::shared_ptr<HeartbeatWriter> writer_;
  uint64_t sequence_ = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  // Of the pass at hand.
  std::optional<int64_t> peer_created_;
  uint64_t rewinds_ = 0;
  std::map<std::string, uint64_t> positions_;
  std::set<std::string> left_behind_;
  std::string waits_for_;
};

}  // namespace

std::unique_ptr<Barrier> NewHeartbeatsBarrier(BarrierParts parts,
                                              std::shared_ptr<HeartbeatWriter> writer) {
  return std::make_unique<HeartbeatsBarrier>(std::move(parts), std::move(writer));
}

}  // namespace twinwatch
