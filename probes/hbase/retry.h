// Which reaction an error asks for, and for how long it is worth trying. The one place that
// decides.
#pragma once

#include <chrono>

#include "agent/core/status.h"
#include "probes/api/async.h"

namespace twinwatch::hbase {

enum class Reaction {
  kWait,    // busy or starting: back off, the same server again
  kLocate,  // elsewhere or lost: drop what is known of its place, back off, look again
  kGiveUp,  // no retry helps
};

Reaction ReactionTo(const Status& status);

// How long an operation goes on in spite of errors: over the death of a region server, which takes
// HBase half a minute and more to mend.
inline constexpr std::chrono::milliseconds kPatience{90'000};
// For one call; a scan answers with a heartbeat at half of it.
inline constexpr std::chrono::milliseconds kCallTime{20'000};

// Counts the failures of one operation. Progress begins the count anew.
class Retry {
 public:
  explicit Retry(std::chrono::milliseconds patience = kPatience) : patience_(patience) {}

  void Progress() { failures_ = 0; }

  // Notes a failure at `now`. The pause before the next attempt; kGiveUp's errors, and any error
  // that has lasted longer than the patience, come back instead.
  StatusOr<std::chrono::milliseconds> Failed(const Status& status, Deadline now);

 private:
  std::chrono::milliseconds patience_;
  int failures_ = 0;
  Deadline first_failure_{};
};

}  // namespace twinwatch::hbase
