// How busy one region server is, as its answers to our own scans show: how long they take beside
// how long they took when it was quiet. No clock: the time is passed in.
//
// What is measured is the time for so much work; answers too small to say anything are left out.
// The quiet baseline is the least that the smoothed time was, and grows old: it doubles in half an
// hour, so that a server (or a table) that is slower for good is read at full speed again some day.
#pragma once

#include <chrono>
#include <cstdint>

namespace twinwatch {

class ScanLatency {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr double kLeastShare = 0.1;

  void Answered(uint64_t bytes, uint64_t cells, std::chrono::microseconds took, TimePoint now);

  // Of the speed that would be allowed: 1 while the server is quiet. Halved, once a second at the
  // most, while it takes twice as long as then; comes back by a twentieth a second.
  double share() const { return share_; }

 private:
  double smoothed_ = 0;  // microseconds a MiB of work, as is the next; 0: nothing is known
  double baseline_ = 0;
  double share_ = 1;
  TimePoint learnt_at_{};
  TimePoint changed_at_{};
};

}  // namespace twinwatch
