#include "probes/replication/rules/retention.h"

#include "probes/replication/rules/queue_standing.h"

namespace twinwatch {
namespace {

constexpr absl::Duration kPaceOver = absl::Hours(1);
// WALs come in pieces of many megabytes: the pace of a few minutes says nothing.
constexpr absl::Duration kLeastSpan = absl::Minutes(10);

}  // namespace

std::optional<uint64_t> RetainedBytes(const LinkReading& reading,
                                      const std::set<std::string>& elsewhere) {
  uint64_t sum = 0;
  std::set<std::string> counted;
  for (const auto& [key, standing] : Standings(reading.queues)) {
    for (const QueuedWal* wal : standing.wals) {
      const bool is_open = standing.queue->IsOfLiveServer() && wal == standing.wals.back();
      if (is_open || elsewhere.contains(wal->name) || IsMissing(reading.lengths, wal->name))
        continue;
      const WalFile* file = LengthOf(reading.lengths, wal->name);
      if (file == nullptr) return std::nullopt;
      if (file->place == WalFile::Place::kOldWals && counted.insert(wal->name).second)
        sum += file->bytes;
    }
  }
  return sum;
}

void Runway::Add(absl::Time at, std::optional<uint64_t> retained, std::optional<uint64_t> free) {
  free_ = free;
  if (!retained) {
    points_.clear();
    return;
  }
  points_.push_back({at, *retained});
  while (at - points_.front().at > kPaceOver) points_.pop_front();
}

std::optional<absl::Duration> Runway::Left() const {
  if (points_.empty() || !free_) return std::nullopt;
  const Point& then = points_.front();
  const Point& now = points_.back();
  if (now.at - then.at < kLeastSpan || now.retained <= then.retained) return std::nullopt;
  const double per_second =
      static_cast<double>(now.retained - then.retained) / absl::ToDoubleSeconds(now.at - then.at);
  return absl::Seconds(static_cast<double>(*free_) / per_second);
}

}  // namespace twinwatch
