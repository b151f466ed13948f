// Keeps a HeartbeatView: who has sent and shown which beat, how long they took, how far clocks are
// apart. No I/O, no clock.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <vector>

#include "agent/core/server_name.h"
#include "probes/replication/heartbeat_view.h"
#include "probes/replication/heartbeat_writer.h"

namespace twinwatch {

class LagStats {
 public:
  // `answered_at` is when all who did had answered.
  void Wrote(const BeatRound& round, absl::Time answered_at);
  void RoundFailed();
  // One beat as the target shows it: `server_ms` is the source server's clock when it took it.
  void Observed(const ServerName& server, absl::Time sent, uint64_t server_ms, absl::Time seen_at);
  // Others are forgotten.
  void KeepOnly(const std::vector<ServerName>& live);

  const HeartbeatView& view() const { return view_; }

 private:
  void SetClockOffset();

  HeartbeatView view_;
  std::map<std::string, absl::Duration> offsets_;
  absl::Duration answered_in_;  // the latest round
};

}  // namespace twinwatch
