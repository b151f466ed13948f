// How many requests a second may be sent. Pure: time is passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace twinwatch {

class RequestBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // After a rest as many as come in a second may go at once.
  explicit RequestBucket(uint64_t per_second);

  // When the next request may go: now, or later. None, and nothing is taken, when that would be
  // after `latest`. Who asks first goes first.
  std::optional<Time> Take(Time now, Time latest);

  // One that was taken was not needed.
  void GiveBack() { next_ -= interval_; }

 private:
  std::chrono::nanoseconds interval_;
  Time next_;  // when the token after the last one taken would have come, one a time
};

}  // namespace twinwatch
