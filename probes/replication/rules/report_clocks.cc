#include "probes/replication/rules/report_clocks.h"

#include <algorithm>
#include <set>

namespace twinwatch {
namespace {

constexpr size_t kLooks = 20;
constexpr absl::Duration kKnown = absl::Seconds(1);
// How long a report is on its way, and in the master's hands, while all is well.
constexpr absl::Duration kOnItsWay = absl::Milliseconds(250);

}  // namespace

void ReportClocks::Learn(const std::vector<ServerReport>& reports, absl::Time asked,
                         absl::Time answered) {
  std::set<ServerName> shown;
  for (const ServerReport& report : reports) {
    shown.insert(report.server);
    const absl::Time made = absl::FromUnixMillis(report.made_ms);
    // The first report of a server has none before it.
    if (report.previous_ms <= 0 || report.made_ms <= report.previous_ms) continue;
    const absl::Duration interval = absl::Milliseconds(report.made_ms - report.previous_ms);
    std::deque<Bounds>& looks = servers_[report.server];
    looks.push_back({made - answered, made - asked + interval + kOnItsWay});
    if (looks.size() > kLooks) looks.pop_front();
    // A clock that was set, or a report that was late: what was seen before tells nothing of it.
    while (looks.size() > 1 && !Common(looks)) looks.pop_front();
  }
  std::erase_if(servers_, [&shown](const auto& entry) { return !shown.contains(entry.first); });
}

std::optional<ReportClocks::Bounds> ReportClocks::Common(const std::deque<Bounds>& looks) {
  Bounds common = {-absl::InfiniteDuration(), absl::InfiniteDuration()};
  for (const Bounds& look : looks) {
    common.least = std::max(common.least, look.least);
    common.most = std::min(common.most, look.most);
  }
  if (common.least > common.most) return std::nullopt;
  return common;
}

std::optional<absl::Duration> ReportClocks::Largest() const {
  std::optional<absl::Duration> largest;
  for (const auto& [server, looks] : servers_) {
    const std::optional<Bounds> common = Common(looks);
    if (!common || common->most - common->least > kKnown) return std::nullopt;
    const absl::Duration off = std::clamp(absl::ZeroDuration(), common->least, common->most);
    if (!largest || absl::AbsDuration(off) > absl::AbsDuration(*largest)) largest = off;
  }
  return largest;
}

}  // namespace twinwatch
