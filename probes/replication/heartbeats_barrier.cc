#include "probes/replication/heartbeats_barrier.h"

#include <utility>

#include "probes/replication/heartbeat_reader.h"

namespace twinwatch {
namespace {

constexpr std::chrono::milliseconds kPause{200};

class HeartbeatsBarrier : public Barrier {
 public:
  HeartbeatsBarrier(BarrierParts parts, std::unique_ptr<SourceEpochs> epochs,
                    std::shared_ptr<HeartbeatWriter> writer)
      : parts_(std::move(parts)), epochs_(std::move(epochs)), writer_(std::move(writer)) {}

  BarrierKind kind() const override { return BarrierKind::kHeartbeats; }

  Task<StatusOr<BarrierPass>> Pass(Deadline deadline) override {
    BarrierPass pass;
    pass.kind = BarrierKind::kHeartbeats;
    pass.begun = absl::Now();
    epochs_->Begin();
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
    CO_ASSIGN_OR_RETURN(const SourceLook now, co_await epochs_->Look());
    if (!now.left_behind.empty()) co_return false;
    co_return now.epoch == epoch;
  }

  // The epoch when all that dead servers had left is shipped: no beat comes behind that.
  Task<StatusOr<HeartbeatEpoch>> Settled(Deadline deadline) {
    while (true) {
      CO_RETURN_IF_ERROR(parts_.CheckWanted());
      CO_ASSIGN_OR_RETURN(const SourceLook look, co_await epochs_->Look());
      if (look.left_behind.empty()) co_return look.epoch;
      waits_for_ = look.left_behind;
      if (std::chrono::steady_clock::now() >= deadline)
        co_return absl::DeadlineExceededError(ToAbsl(waits_for_));
      co_await SleepFor(kPause);
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
      CO_ASSIGN_OR_RETURN(const SourceLook now, co_await epochs_->Look());
      if (now.epoch != *epoch) {
        waits_for_ = "servers, queues or the peer change all the time";
        co_return false;
      }
      if (arrived) co_return true;
      if (std::chrono::steady_clock::now() >= deadline) co_return false;
      co_await SleepFor(kPause);
    }
  }

  BarrierParts parts_;
  std::unique_ptr<SourceEpochs> epochs_;
  std::shared_ptr<HeartbeatWriter> writer_;
  uint64_t sequence_ = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  std::string waits_for_;  // in the pass at hand
};

}  // namespace

std::unique_ptr<Barrier> NewHeartbeatsBarrier(BarrierParts parts,
                                              std::unique_ptr<SourceEpochs> epochs,
                                              std::shared_ptr<HeartbeatWriter> writer) {
  return std::make_unique<HeartbeatsBarrier>(std::move(parts), std::move(epochs),
                                             std::move(writer));
}

}  // namespace twinwatch
