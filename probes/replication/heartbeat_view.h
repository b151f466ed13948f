// What heartbeats tell besides the watermark, as plain values: printed and exported as they are.
#pragma once

#include <absl/time/time.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace twinwatch {

// Counts by upper bounds, in seconds; the last is for all above.
struct LatencyHistogram {
  static constexpr std::array kBounds = {0.1,  0.25, 0.5,  1.0,   2.0,    3.0,   5.0,
                                         10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0};

  std::array<uint64_t, kBounds.size() + 1> counts{};
  double sum_seconds = 0;

  void Add(double seconds);
};

struct HeartbeatView {
  struct Server {
    std::optional<absl::Time> written;   // when the newest beat was sent that it answered
    std::optional<absl::Time> observed;  // when the newest beat was sent that the target showed
  };

  std::map<std::string, Server> servers;  // live ones, host:port
  LatencyHistogram latency;               // from sending to the first look that showed it
  uint64_t writes = 0;                    // tried
  uint64_t failures = 0;
  uint64_t out_of_order = 0;  // the target showed an older beat than before
  // Live servers without a region of the table, at the last round. None before the first.
  std::optional<uint64_t> uncovered;
  // Of a live source server's clock against ours: the largest, either way. None before a beat came.
  std::optional<absl::Duration> clock_offset;
};

}  // namespace twinwatch
