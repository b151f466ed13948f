#include "probes/replication/position_barrier.h"

#include <algorithm>
#include <map>
#include <utility>

#include "probes/replication/collector.h"
#include "probes/replication/rules/barrier_goal.h"

namespace twinwatch {
namespace {

// Between two readings, however often queues change.
constexpr std::chrono::milliseconds kLeastPause{20};
constexpr std::chrono::milliseconds kFirstPause{40};
constexpr std::chrono::milliseconds kLongestPause{500};
constexpr absl::Duration kBetweenBeats = absl::Seconds(1);
constexpr std::chrono::milliseconds kPauseAfterError{500};
// Each length has a deadline of its own: all that are queued are asked for.
constexpr std::chrono::hours kNoEnd{1};

class PositionBarrier : public Barrier {
 public:
  PositionBarrier(BarrierParts parts, std::shared_ptr<HeartbeatWriter> writer)
      : parts_(std::move(parts)), writer_(std::move(writer)) {}

  BarrierKind kind() const override {
    return writer_ ? BarrierKind::kPositionAndHeartbeat : BarrierKind::kPosition;
  }

  Task<StatusOr<BarrierPass>> Pass(Deadline deadline) override {
    BarrierPass pass;
    pass.begun = absl::Now();
    StatusOr<BarrierGoal> goal = co_await Begin(deadline, &pass);
    if (!goal.ok()) co_return Annotate(goal.status(), Where());
    absl::Time next_beat = absl::Now() + kBetweenBeats;
    std::chrono::milliseconds pause = kFirstPause;
    Status read_error;
    while (!goal->Passed()) {
      CO_RETURN_IF_ERROR(parts_.CheckWanted());
      if (std::chrono::steady_clock::now() >= deadline) {
        co_return Error(absl::StatusCode::kDeadlineExceeded,
                        "{}: replication did not pass in time: {}", Where(),
                        read_error.ok() ? goal->WaitsFor() : std::string(Text(read_error)));
      }
      co_await SleepFor(kLeastPause);
      co_await parts_.source->WaitForQueueChange(pause);
      pause = std::min(pause * 2, kLongestPause);
      if (writer_ && absl::Now() >= next_beat) {
        // One that fails holds nothing back: the positions decide.
        (void)co_await BeatOnce();
        next_beat = absl::Now() + kBetweenBeats;
      }
      const StatusOr<QueueReading> now = co_await parts_.source->ReadQueues(parts_.peer.id);
      // A reading that fails says nothing; ZooKeeper may be back before the deadline.
      read_error = now.status();
      if (!now.ok()) continue;
      if (const Status status = goal->Look(*now); !status.ok()) co_return Annotate(status, Where());
    }
    pass.passed = absl::Now();
    co_return pass;
  }

 private:
  std::string Where() const {
    return fmt::format("peer {} of {}", parts_.peer.id, parts_.source->name());
  }

  // The goal, from lengths that were read after the beats. Tried again while the deadline allows,
  // as long as the errors are ones that pass.
  Task<StatusOr<BarrierGoal>> Begin(Deadline deadline, BarrierPass* pass) {
    while (true) {
      CO_RETURN_IF_ERROR(parts_.CheckWanted());
      StatusOr<BarrierGoal> goal = co_await BeginOnce(pass);
      if (goal.ok() || !IsTransient(goal.status()) ||
          std::chrono::steady_clock::now() + kPauseAfterError >= deadline) {
        co_return goal;
      }
      co_await SleepFor(kPauseAfterError);
    }
  }

  Task<StatusOr<BarrierGoal>> BeginOnce(BarrierPass* pass) {
    pass->kind = BarrierKind::kPosition;
    bool all_reached = false;
    if (writer_) {
      const StatusOr<BeatRound> round = co_await BeatOnce();
      // Without its heartbeats it is still a barrier, of positions alone.
      all_reached = round.ok() && round->uncovered.empty();
    }
    CO_ASSIGN_OR_RETURN(const QueueReading reading,
                        co_await parts_.source->ReadQueues(parts_.peer.id));
    const WalLengths lengths = co_await MeasureAll(parts_.wals, QueuedNames(reading), kNoEnd);
    if (all_reached && !HasSeveralGroups(reading)) pass->kind = BarrierKind::kPositionAndHeartbeat;
    co_return BarrierGoal::Set(reading, lengths);
  }

  Task<StatusOr<BeatRound>> BeatOnce() {
    CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await parts_.source->Describe());
    const HeartbeatEpoch epoch = EpochOf(info.live_servers, std::nullopt, 0);
    const uint64_t sequence = ++sequence_;
    CO_ASSIGN_OR_RETURN(BeatRound round,
                        co_await writer_->Beat(sequence, info.live_servers, epoch, absl::Now()));
    if (round.beats.size() < info.live_servers.size() && round.uncovered.empty()) {
      co_return absl::AbortedError("a region server ended while beats were written");
    }
    co_return round;
  }

  BarrierParts parts_;
  std::shared_ptr<HeartbeatWriter> writer_;
  uint64_t sequence_ = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
};

}  // namespace

std::unique_ptr<Barrier> NewPositionBarrier(BarrierParts parts,
                                            std::shared_ptr<HeartbeatWriter> writer) {
  return std::make_unique<PositionBarrier>(std::move(parts), std::move(writer));
}

}  // namespace twinwatch
