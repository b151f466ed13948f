// When progress is worth a line: the first of each kind of waiting at once, else no more often than
// every so long. Pure: the time is given.
#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace twinwatch::cli {

class ProgressPace {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressPace(Clock::duration interval, Clock::time_point now)
      : interval_(interval), begun_(now), last_shown_(now) {}

  // Is this to be shown? Then it counts as shown. `waiting` is for what `what` waits, if it does;
  // texts that differ in their numbers alone are of one kind.
  bool IsDue(const std::string& what, std::string_view waiting, Clock::time_point now);

  // When `what` was first heard of.
  Clock::time_point begun() const { return begun_; }

 private:
  // More of them are no news any more: two that take turns would make a line each time.
  static constexpr size_t kMaxKinds = 8;

  Clock::duration interval_;
  std::string what_;
  Clock::time_point begun_;
  Clock::time_point last_shown_;
  std::set<std::string> kinds_;  // that were shown of `what`
};

}  // namespace twinwatch::cli
