#include "verifier/scan/governed_sleep.h"

#include <algorithm>

namespace twinwatch {
namespace {

constexpr std::chrono::milliseconds kLongestSleep{250};

}  // namespace

Task<void> SleepUnlessStopped(const Governor* governor, absl::Duration time) {
  const Deadline end = After(absl::ToChronoMilliseconds(time) + std::chrono::milliseconds(1));
  while (governor == nullptr || governor->status().ok()) {
    const Deadline now = std::chrono::steady_clock::now();
    if (now >= end) co_return;
    co_await SleepUntil(governor == nullptr ? end : std::min(end, now + kLongestSleep));
  }
}

}  // namespace twinwatch
