// How long to pause so that reading stays under a rate. No clock: the time is passed in.
#pragma once

#include <chrono>
#include <cstdint>

namespace twinwatch {

class Pacer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // 0 is unlimited.
  explicit Pacer(uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  // `bytes` were read. When the next may be asked for: `now` unless the rate is exceeded. Time that
  // was not used is not saved up for more than a second.
  TimePoint Took(uint64_t bytes, TimePoint now);

 private:
  uint64_t bytes_per_second_;
  TimePoint free_at_{};
};

}  // namespace twinwatch
