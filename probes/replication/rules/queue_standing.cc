#include "probes/replication/rules/queue_standing.h"

#include <algorithm>
#include <utility>

#include "probes/replication/wal_name.h"

namespace twinwatch {
namespace {

// What ends a WAL that was closed well: an empty message, its length, "LAWP". No edit is as short.
constexpr uint64_t kTrailerBytes = 8;

std::optional<uint64_t> BytesOf(const QueuedWal& wal, const WalLengths& lengths, bool is_newest) {
  const WalFile* file = LengthOf(lengths, wal.name);
  if (file == nullptr) return std::nullopt;
  const uint64_t position = wal.position.value_or(0);
  if (position > file->bytes) return std::nullopt;
  if (position == 0 && !file->header_bytes) {
    // One that was only just begun has no header yet. An old one without is none that can be read.
    return is_newest && file->bytes == 0 ? std::optional<uint64_t>(0) : std::nullopt;
  }
  const uint64_t from = std::max(position, file->header_bytes.value_or(0));
  const uint64_t rest = file->bytes - std::min(from, file->bytes);
  return rest <= kTrailerBytes ? 0 : rest;
}

}  // namespace

std::map<GroupKey, Standing> Standings(const QueueReading& reading) {
  std::map<GroupKey, Standing> standings;
  for (const WalQueue& queue : reading.queues) {
    std::vector<std::tuple<std::string, int64_t, const QueuedWal*>> wals;
    for (const QueuedWal& wal : queue.wals) {
      const StatusOr<WalName> name = ParseWalName(wal.name);
      if (name.ok() && name->is_meta) continue;
      wals.emplace_back(name.ok() ? name->group : wal.name, name.ok() ? name->begun_ms : 0, &wal);
    }
    std::sort(wals.begin(), wals.end());
    for (const auto& [group, begun_ms, wal] : wals) {
      Standing& standing = standings[{queue.owner.ToString(), queue.queue_id, group}];
      if (standing.wals.empty()) standing.oldest_begun_ms = begun_ms;
      if (standing.wals.size() == 1) standing.second_begun_ms = begun_ms;
      standing.queue = &queue;
      standing.wals.push_back(wal);
    }
  }
  return standings;
}

const WalFile* LengthOf(const WalLengths& lengths, const std::string& wal) {
  const auto it = lengths.find(wal);
  return it == lengths.end() || !it->second.ok() ? nullptr : &*it->second;
}

bool IsMissing(const WalLengths& lengths, const std::string& wal) {
  const auto it = lengths.find(wal);
  return it != lengths.end() && absl::IsNotFound(it->second.status());
}

std::optional<uint64_t> BytesOf(const Standing& standing, const WalLengths& lengths) {
  uint64_t sum = 0;
  for (const QueuedWal* wal : standing.wals) {
    const auto bytes = BytesOf(*wal, lengths, wal == standing.wals.back());
    if (!bytes) return std::nullopt;
    sum += *bytes;
  }
  return sum;
}

absl::Duration LongestRest(bool heartbeats, absl::Duration sleep_for_retries) {
  // replication.source.shipedits.timeout, and the longest sleep of a reader that found nothing, in
  // units of replication.source.sleepforretries. A beat each second keeps it from sleeping so long.
  constexpr absl::Duration kShipTimeout = absl::Seconds(60);
  constexpr int kLongestSleep = 300;
  return heartbeats ? kShipTimeout : kShipTimeout + kLongestSleep * sleep_for_retries;
}

std::optional<QueueJudgement> JudgeAtOnce(const Standing& standing, const LinkReading& reading) {
  if (!reading.peer_enabled) return QueueJudgement{QueueState::kDisabled, "its peer is disabled"};
  if (!standing.queue->owner_alive) {
    return QueueJudgement{QueueState::kUnknown,
                          "its region server is dead, and no other has claimed the queue yet"};
  }
  const uint64_t is = standing.position();
  const WalFile* file = LengthOf(reading.lengths, standing.current().name);
  if (file != nullptr && is > file->bytes) {
    return QueueJudgement{
        QueueState::kUnknown,
        fmt::format("its position {} lies beyond the end of its WAL, which is {} bytes long: "
                    "that source has left its WAL and may skip edits",
                    is, file->bytes)};
  }
  return std::nullopt;
}

QueueStatus Shown(const GroupKey& key, const Standing& standing, std::optional<uint64_t> bytes) {
  QueueStatus status;
  std::tie(status.regionserver, status.queue, status.group) = key;
  status.recovered = !standing.queue->dead_servers.empty();
  status.wals = standing.wals.size();
  status.bytes = bytes;
  status.wal = standing.current().name;
  status.position = standing.current().position;
  if (standing.oldest_begun_ms > 0) status.oldest_ms = standing.oldest_begun_ms;
  return status;
}

}  // namespace twinwatch
