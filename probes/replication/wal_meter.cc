#include "probes/replication/wal_meter.h"

#include <algorithm>
#include <set>
#include <utility>

#include "probes/replication/collector.h"
#include "probes/replication/wal_name.h"

namespace twinwatch {
namespace {

// A writer is closed some time after the next one has begun.
constexpr absl::Duration kSettlesIn = absl::Seconds(30);
// WALs may go missing: of those that are known so many are looked for again in each round.
constexpr size_t kCheckedAgain = 2;
constexpr absl::Duration kCheckAgainAfter = absl::Minutes(1);

}  // namespace

std::vector<std::string> OpenWals(const QueueReading& queues) {
  std::vector<std::string> open;
  for (const WalQueue& queue : queues.queues) {
    if (!queue.IsOfLiveServer()) continue;
    std::map<std::string, std::pair<int64_t, std::string>> newest;  // by group
    for (const QueuedWal& wal : queue.wals) {
      const StatusOr<WalName> name = ParseWalName(wal.name);
      auto& of_group = newest[name.ok() ? name->group : wal.name];
      of_group = std::max(of_group, std::pair(name.ok() ? name->begun_ms : 0, wal.name));
    }
    for (const auto& [group, wal] : newest) open.push_back(wal.second);
  }
  return open;
}

bool WalMeter::Closed::IsSettled() const { return file.ok() && checked_at - since >= kSettlesIn; }

std::vector<std::string> WalMeter::Plan(const QueueReading& queues, absl::Time now) {
  std::vector<std::string> names = OpenWals(queues);
  const std::set<std::string> open(names.begin(), names.end());
  std::set<std::string> queued;
  for (const WalQueue& queue : queues.queues)
    for (const QueuedWal& wal : queue.wals) queued.insert(wal.name);
  std::erase_if(closed_, [&](const auto& entry) { return !queued.contains(entry.first); });
  size_t again = 0;
  for (const std::string& name : queued) {
    if (open.contains(name)) continue;
    const auto [it, is_new] = closed_.try_emplace(name);
    if (is_new) it->second.since = it->second.checked_at = now;
    const bool is_old = now - it->second.checked_at >= kCheckAgainAfter;
    if (it->second.IsSettled() && !(is_old && again++ < kCheckedAgain)) continue;
    names.push_back(name);
  }
  return names;
}

Task<WalLengths> WalMeter::Measure(const QueueReading* queues, std::chrono::milliseconds patience) {
  const absl::Time now = absl::Now();
  std::vector<std::string> names = Plan(*queues, now);
  WalLengths lengths = co_await MeasureAll(files_, std::move(names), patience);
  for (auto& [name, closed] : closed_) {
    const auto it = lengths.find(name);
    if (it == lengths.end()) {
      lengths.emplace(name, closed.file);
    } else if (!absl::IsDeadlineExceeded(it->second.status())) {
      closed.file = it->second;
      closed.checked_at = now;
    }
  }
  co_return lengths;
}

}  // namespace twinwatch
