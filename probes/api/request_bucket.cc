#include "probes/api/request_bucket.h"

#include <algorithm>

namespace twinwatch {
namespace {

constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);

}  // namespace

RequestBucket::RequestBucket(uint64_t per_second)
    : interval_(kSecond / static_cast<int64_t>(std::clamp<uint64_t>(per_second, 1, 1'000'000))) {}

std::optional<RequestBucket::Time> RequestBucket::Take(Time now, Time latest) {
  const Time full = std::max(next_, now);
  const Time when = std::max(now, full - (kSecond - interval_));
  if (when > latest) return std::nullopt;
  next_ = full + interval_;
  return when;
}

}  // namespace twinwatch
