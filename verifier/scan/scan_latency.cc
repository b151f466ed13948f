#include "verifier/scan/scan_latency.h"

#include <algorithm>
#include <cmath>

namespace twinwatch {
namespace {

// What a cell costs a server beside its bytes, in bytes: tables of small and of large cells are
// then about as quick.
constexpr double kBytesOfACell = 250;
constexpr double kLeastWork = 128 << 10;
constexpr double kMiB = 1 << 20;
constexpr double kSmoothing = 0.2;
constexpr double kSlow = 2;
constexpr double kQuietAgain = 1.5;
// Microseconds a MiB: less than that more is noise, however quick it was before.
constexpr double kNoticeable = 5'000;
constexpr std::chrono::duration<double> kBaselineDoubles = std::chrono::minutes(30);
constexpr double kBackASecond = 0.05;
constexpr double kLongestStep = 10;  // seconds

}  // namespace

void ScanLatency::Answered(uint64_t bytes, uint64_t cells, std::chrono::microseconds took,
                           TimePoint now) {
  const double work = static_cast<double>(bytes) + kBytesOfACell * static_cast<double>(cells);
  if (took.count() <= 0 || work < kLeastWork) return;
  const double cost = static_cast<double>(took.count()) / (work / kMiB);
  if (smoothed_ == 0) {
    smoothed_ = baseline_ = cost;
    changed_at_ = now;
  } else {
    smoothed_ += kSmoothing * (cost - smoothed_);
    const std::chrono::duration<double> since = now - learnt_at_;
    baseline_ = std::min(smoothed_, baseline_ * std::exp2(since / kBaselineDoubles));
  }
  learnt_at_ = now;
  const std::chrono::duration<double> unchanged = now - changed_at_;
  if (smoothed_ > kSlow * baseline_ && smoothed_ - baseline_ > kNoticeable) {
    if (unchanged.count() < 1) return;
    share_ = std::max(share_ / 2, kLeastShare);
    changed_at_ = now;
  } else if (smoothed_ < std::max(kQuietAgain * baseline_, baseline_ + kNoticeable)) {
    share_ = std::min(share_ + kBackASecond * std::min(unchanged.count(), kLongestStep), 1.0);
    changed_at_ = now;
  }
}

}  // namespace twinwatch
