// The clocks of a cluster's region servers against ours, from the reports that they send to their
// master every few seconds. For clusters that are only read: heartbeats tell more (lag_stats.h). No
// I/O, no clock.
//
// A report that the master showed at our time p was made before p, and the next one, an interval
// later, was not there yet: so its time is p by our clock, give or take that interval. Many looks
// at times that have nothing to do with the reports' narrow it down. A report that is delayed on
// its way looks like a clock that is behind by as much, so of each server the last minute counts.
#pragma once

#include <absl/time/time.h>

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "agent/core/server_name.h"
#include "probes/api/replication.h"

namespace twinwatch {

class ReportClocks {
 public:
  // What the master showed, and when it was asked and had answered. Servers that are not in it are
  // forgotten.
  void Learn(const std::vector<ServerReport>& reports, absl::Time asked, absl::Time answered);

  // Of the server whose clock is off by the most, how much it is off for certain: 0 as long as our
  // own may be its time. None while it is not known of some server to a second.
  std::optional<absl::Duration> Largest() const;

 private:
  // Its clock minus ours lies in between.
  struct Bounds {
    absl::Duration least, most;
  };

  static std::optional<Bounds> Common(const std::deque<Bounds>& looks);

  std::map<ServerName, std::deque<Bounds>> servers_;
};

}  // namespace twinwatch
