#include "exporters/page/lag_history.h"

#include <algorithm>
#include <set>

#include "exporters/text_format.h"

namespace twinwatch::page {
namespace {

constexpr absl::Duration kStep = absl::Seconds(30);
constexpr size_t kSteps = 120;
// Of a link with more servers than this only the first have a line.
constexpr size_t kMostServers = 100;

}  // namespace

void LagHistory::Add(const std::vector<LinkSnapshot>& links, absl::Time now) {
  std::set<std::string> names;
  for (const LinkSnapshot& link : links) {
    names.insert(link.status.link);
    OfLink& of_link = links_[link.status.link];
    if (const auto lag = link.status.Lag(now))
      AddTo(&of_link.lag, absl::ToDoubleSeconds(*lag), now);
    std::set<std::string> servers;
    for (const QueueStatus& queue : link.status.queues) {
      const std::string server = HostPort(queue.regionserver);
      servers.insert(server);
      if (!queue.bytes) continue;
      if (of_link.bytes.size() >= kMostServers && !of_link.bytes.contains(server)) continue;
      AddTo(&of_link.bytes[server], static_cast<double>(*queue.bytes), now);
    }
    std::erase_if(of_link.bytes, [&](const auto& entry) { return !servers.contains(entry.first); });
  }
  std::erase_if(links_, [&](const auto& entry) { return !names.contains(entry.first); });
}

void LagHistory::AddTo(Series* series, double value, absl::Time now) {
  if (!series->empty() && now - series->back().begun < kStep) {
    series->back().value = std::max(series->back().value, value);
    return;
  }
  series->push_back({now, value});
  if (series->size() > kSteps) series->pop_front();
}

std::vector<double> LagHistory::ValuesOf(const Series* series) {
  std::vector<double> values;
  for (const Point& point : *series) values.push_back(point.value);
  return values;
}

std::vector<double> LagHistory::LagOf(const std::string& link) const {
  const auto it = links_.find(link);
  if (it == links_.end()) return {};
  return ValuesOf(&it->second.lag);
}

std::vector<double> LagHistory::BytesOf(const std::string& link,
                                        const std::string& regionserver) const {
  const auto it = links_.find(link);
  if (it == links_.end()) return {};
  const auto series = it->second.bytes.find(regionserver);
  if (series == it->second.bytes.end()) return {};
  return ValuesOf(&series->second);
}

}  // namespace twinwatch::page
