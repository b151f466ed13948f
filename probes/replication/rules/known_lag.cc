#include "probes/replication/rules/known_lag.h"

#include <utility>

namespace twinwatch {
namespace {

constexpr size_t kMaxWaiting = 32;

}  // namespace

void KnownLag::Learn(const LinkReading& reading) {
  for (Waiting& waiting : waiting_) {
    if (waiting.goal.Look(reading.queues).ok()) continue;
    waiting_.clear();
    break;
  }
  std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.goal.Passed(); });
  StatusOr<BarrierGoal> goal = BarrierGoal::Set(reading.queues, reading.lengths);
  // What is known to wait still does when no more can be learnt for once.
  learnt_at_.reset();
  if (goal.ok() || !waiting_.empty()) learnt_at_ = reading.at;
  if (!goal.ok() || goal->Passed()) return;
  waiting_.push_back({*std::move(goal), reading.at});
  if (waiting_.size() > kMaxWaiting) Thin();
}

std::optional<absl::Duration> KnownLag::AtLeast() const {
  if (!learnt_at_) return std::nullopt;
  return waiting_.empty() ? absl::ZeroDuration() : *learnt_at_ - waiting_.front().written_by;
}

// Leaves out the one that is missed least: so they stay about equally far apart.
void KnownLag::Thin() {
  size_t least = 1;
  const auto gap = [this](size_t i) {
    return waiting_[i + 1].written_by - waiting_[i - 1].written_by;
  };
  for (size_t i = 2; i + 1 < waiting_.size(); ++i) {
    if (gap(i) < gap(least)) least = i;
  }
  waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(least));
}

}  // namespace twinwatch
