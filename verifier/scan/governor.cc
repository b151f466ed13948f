#include "verifier/scan/governor.h"

#include "probes/api/cluster.h"

namespace twinwatch {
namespace {

// Region servers are started again under new names: those not asked for the longest are forgotten.
constexpr size_t kMaxServers = 2'000;

}  // namespace

Governor::TimePoint Governor::Took(const ServerAnswer& answer, TimePoint now) {
  bytes_taken_ += answer.bytes;
  total_.SetRate(static_cast<double>(limits_.total_bytes), now);
  total_.Take(static_cast<double>(answer.bytes), now);
  if (LimitsServers()) {
    Server& server = ServerOf(answer.from);
    server.asked_at = now;
    ScanLatency& latency = answer.whole ? server.whole : server.parts;
    latency.Answered(answer.bytes, answer.cells, answer.answered_in, now);
    SetRates(&server, now);
    server.bytes.Take(static_cast<double>(answer.bytes), now);
    server.rows.Take(static_cast<double>(answer.rows), now);
  }
  return ReadyAt(answer.from, now);
}

Governor::TimePoint Governor::ReadyAt(const GovernedServer& from, TimePoint now) {
  if (paused_) return TimePoint::max();
  total_.SetRate(static_cast<double>(limits_.total_bytes), now);
  TimePoint ready = total_.ReadyAt(now);
  if (const auto it = servers_.find(from); it != servers_.end()) {
    SetRates(&it->second, now);
    ready = std::max({ready, it->second.bytes.ReadyAt(now), it->second.rows.ReadyAt(now)});
  }
  return ready;
}

size_t Governor::BatchBytes() const {
  constexpr uint64_t kLeast = 32u << 10;
  uint64_t bytes = ScanSpec().batch_bytes;
  if (limits_.total_bytes > 0) bytes = std::min(bytes, limits_.total_bytes / 10);
  if (limits_.server_bytes > 0) bytes = std::min(bytes, limits_.server_bytes / 600);
  return std::max(bytes, kLeast);
}

void Governor::Stop(std::string_view why) {
  if (status_.ok()) status_ = absl::CancelledError(ToAbsl(why));
}

double Governor::ShareOf(const GovernedServer& from) const {
  const auto it = servers_.find(from);
  return it == servers_.end() ? 1 : it->second.Share();
}

Governor::Server& Governor::ServerOf(const GovernedServer& from) {
  const auto [it, is_new] = servers_.try_emplace(from);
  if (is_new && servers_.size() > kMaxServers) {
    auto oldest = servers_.end();
    for (auto other = servers_.begin(); other != servers_.end(); ++other) {
      if (other == it) continue;
      if (oldest == servers_.end() || other->second.asked_at < oldest->second.asked_at)
        oldest = other;
    }
    servers_.erase(oldest);
  }
  return it->second;
}

void Governor::SetRates(Server* server, TimePoint now) const {
  const double share = server->Share();
  server->bytes.SetRate(static_cast<double>(limits_.server_bytes) * share, now);
  server->rows.SetRate(static_cast<double>(limits_.server_rows) * share, now);
}

}  // namespace twinwatch
