// A budget that grows by so much a second, up to one second's worth, and can be overdrawn: what was
// read is known only afterwards. No clock: the time is passed in.
#pragma once

#include <algorithm>
#include <chrono>

namespace twinwatch {

class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // A second; 0 is unlimited. What was overdrawn before is paid back at the new rate.
  void SetRate(double rate, TimePoint now) {
    Refill(now);
    if (rate_ == 0) level_ = rate;
    rate_ = rate;
    level_ = std::min(level_, rate_);
  }

  void Take(double amount, TimePoint now) {
    if (rate_ == 0) return;
    Refill(now);
    level_ -= amount;
  }

  // When nothing is overdrawn any more; no more than an hour ahead: ask again then.
  TimePoint ReadyAt(TimePoint now) {
    Refill(now);
    if (rate_ == 0 || level_ >= 0) return now;
    const std::chrono::duration<double> wait(std::min(-level_ / rate_, 3600.0));
    return now + std::chrono::ceil<TimePoint::duration>(wait);
  }

 private:
  void Refill(TimePoint now) {
    if (now > filled_at_ && rate_ > 0) {
      const std::chrono::duration<double> passed = now - filled_at_;
      level_ = std::min(level_ + passed.count() * rate_, rate_);
    }
    filled_at_ = std::max(filled_at_, now);
  }

  double rate_ = 0;
  double level_ = 0;
  TimePoint filled_at_{};
};

}  // namespace twinwatch
