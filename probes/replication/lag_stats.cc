#include "probes/replication/lag_stats.h"

#include <algorithm>
#include <set>

namespace twinwatch {

void LatencyHistogram::Add(double seconds) {
  const auto* bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts[static_cast<size_t>(bound - kBounds.begin())];
  sum_seconds += seconds;
}

void LagStats::Wrote(const BeatRound& round, absl::Time answered_at) {
  view_.writes += round.beats.size() + round.failed.size();
  view_.failures += round.failed.size();
  view_.uncovered = round.uncovered.size();
  for (const auto& [server, row] : round.beats)
    view_.servers[server.HostPort()].written = round.sent;
  answered_in_ = answered_at - round.sent;
}

void LagStats::RoundFailed() {
  ++view_.writes;
  ++view_.failures;
}

void LagStats::Observed(const ServerName& server, absl::Time sent, uint64_t server_ms,
                        absl::Time seen_at) {
  HeartbeatView::Server& of_server = view_.servers[server.HostPort()];
  if (of_server.observed && sent < *of_server.observed) ++view_.out_of_order;
  if (of_server.observed && sent <= *of_server.observed) return;
  of_server.observed = sent;
  view_.latency.Add(std::max(absl::ToDoubleSeconds(seen_at - sent), 0.0));
  // It was taken at some time between sending and the answer.
  const absl::Duration offset = absl::FromUnixMillis(static_cast<int64_t>(server_ms)) - sent;
  offsets_[server.HostPort()] = offset - std::clamp(offset, absl::ZeroDuration(), answered_in_);
  SetClockOffset();
}

void LagStats::KeepOnly(const std::vector<ServerName>& live) {
  std::set<std::string> names;
  for (const ServerName& server : live) names.insert(server.HostPort());
  const auto is_gone = [&names](const auto& entry) { return !names.contains(entry.first); };
  std::erase_if(view_.servers, is_gone);
  std::erase_if(offsets_, is_gone);
  SetClockOffset();
}

void LagStats::SetClockOffset() {
  view_.clock_offset.reset();
  for (const auto& [server, offset] : offsets_) {
    if (!view_.clock_offset || absl::AbsDuration(offset) > absl::AbsDuration(*view_.clock_offset)) {
      view_.clock_offset = offset;
    }
  }
}

}  // namespace twinwatch
