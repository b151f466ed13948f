#include "probes/replication/rules/queue_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "probes/replication/wal_name.h"

namespace twinwatch {
namespace {

// What ends a WAL that was closed well: an empty message, its length, "LAWP". No edit is as short.
constexpr uint64_t kTrailerBytes = 8;
// replication.source.shipedits.timeout, and the longest sleep of a reader that found nothing, in
// units of replication.source.sleepforretries: a healthy source stands still no longer.
constexpr absl::Duration kShipTimeout = absl::Seconds(60);
constexpr int kLongestSleep = 300;

// Where the reader of one WAL group stands.
struct Standing {
  const WalQueue* queue = nullptr;
  std::vector<const QueuedWal*> wals;  // oldest first
  int64_t oldest_begun_ms = 0;
  int64_t second_begun_ms = 0;  // when the WAL that is read was rolled; 0: it was not, or not known

  const QueuedWal& current() const { return *wals.front(); }
};

using GroupKey = std::tuple<std::string, std::string, std::string>;  // server, queue, group

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

std::optional<uint64_t> BytesOf(const Standing& standing, const WalLengths& lengths) {
  uint64_t sum = 0;
  for (const QueuedWal* wal : standing.wals) {
    const auto bytes = BytesOf(*wal, lengths, wal == standing.wals.back());
    if (!bytes) return std::nullopt;
    sum += *bytes;
  }
  return sum;
}

struct Judgement {
  QueueState state;
  std::optional<std::string> why;
};

// Of a queue that stands still.
Judgement JudgeStill(const Standing& standing, const LinkReading& reading,
                     std::optional<uint64_t> bytes, absl::Duration sleep_for_retries) {
  if (bytes && *bytes == 0) return {QueueState::kIdle, std::nullopt};
  for (const QueuedWal* wal : standing.wals) {
    if (IsMissing(reading.lengths, wal->name)) {
      return {QueueState::kUnknown,
              fmt::format("it stands still, and its WAL {} was not found", wal->name)};
    }
  }
  if (!bytes)
    return {QueueState::kUnknown, "it stands still, and the length of its WAL is not known"};
  const int64_t mtime_ms = standing.current().position_mtime_ms;
  const absl::Time still_since = absl::FromUnixMillis(std::max(mtime_ms, standing.second_begun_ms));
  const absl::Duration healthy = kShipTimeout + kLongestSleep * sleep_for_retries;
  if (mtime_ms > 0 && standing.second_begun_ms > 0 && reading.at - still_since > healthy) {
    return {
        QueueState::kStalled,
        fmt::format("it has not moved for {} while bytes wait",
                    absl::FormatDuration(absl::Trunc(reading.at - still_since, absl::Seconds(1))))};
  }
  return {QueueState::kUnknown,
          fmt::format("it stands still while bytes wait; a source that sleeps does so for up to {}",
                      absl::FormatDuration(healthy))};
}

Judgement Judge(const Standing* before, const Standing& after, const LinkReading& reading,
                std::optional<uint64_t> bytes, absl::Duration sleep_for_retries) {
  if (!reading.peer_enabled) return {QueueState::kDisabled, "its peer is disabled"};
  if (!after.queue->owner_alive) {
    return {QueueState::kUnknown,
            "its region server is dead, and no other has claimed the queue yet"};
  }
  const uint64_t is = after.current().position.value_or(0);
  const WalFile* file = LengthOf(reading.lengths, after.current().name);
  if (file != nullptr && is > file->bytes) {
    return {QueueState::kUnknown,
            fmt::format("its position {} lies beyond the end of its WAL, which is {} bytes long: "
                        "that source has left its WAL and may skip edits",
                        is, file->bytes)};
  }
  if (before == nullptr) {
    if (bytes && *bytes == 0) return {QueueState::kIdle, std::nullopt};
    return {QueueState::kUnknown, "it was not there at the first look"};
  }
  if (after.oldest_begun_ms > before->oldest_begun_ms) return {QueueState::kOk, std::nullopt};
  if (after.oldest_begun_ms < before->oldest_begun_ms) {
    return {QueueState::kRewound, "it reads an older WAL again"};
  }
  const uint64_t was = before->current().position.value_or(0);
  if (is > was) return {QueueState::kOk, std::nullopt};
  if (is < was)
    return {QueueState::kRewound, fmt::format("its position went back from {} to {}", was, is)};
  return JudgeStill(after, reading, bytes, sleep_for_retries);
}

}  // namespace

std::vector<QueueStatus> JudgeQueues(const LinkReading& before, const LinkReading& after,
                                     absl::Duration sleep_for_retries) {
  const std::map<GroupKey, Standing> first = Standings(before.queues);
  const std::map<GroupKey, Standing> second = Standings(after.queues);
  std::vector<QueueStatus> judged;
  for (const auto& [key, standing] : second) {
    const auto it = first.find(key);
    QueueStatus& status = judged.emplace_back();
    status.bytes = BytesOf(standing, after.lengths);
    Judgement judgement = Judge(it == first.end() ? nullptr : &it->second, standing, after,
                                status.bytes, sleep_for_retries);
    std::tie(status.regionserver, status.queue, status.group) = key;
    status.recovered = !standing.queue->dead_servers.empty();
    status.state = judgement.state;
    status.why = std::move(judgement.why);
    status.wals = standing.wals.size();
    status.wal = standing.current().name;
    status.position = standing.current().position;
    if (standing.oldest_begun_ms > 0) status.oldest_ms = standing.oldest_begun_ms;
  }
  return judged;
}

std::optional<uint64_t> SumOfBytes(const std::vector<QueueStatus>& queues) {
  if (queues.empty()) return std::nullopt;
  uint64_t sum = 0;
  for (const QueueStatus& queue : queues) {
    if (!queue.bytes) return std::nullopt;
    sum += *queue.bytes;
  }
  return sum;
}

std::optional<std::vector<std::string>> MissingWals(const LinkReading& before,
                                                    const LinkReading& after) {
  std::set<std::string> missing;
  bool all_known = true;
  bool any_found = false;
  for (const WalQueue& queue : after.queues.queues) {
    for (const QueuedWal& wal : queue.wals) {
      any_found |= LengthOf(after.lengths, wal.name) != nullptr;
      if (!IsMissing(after.lengths, wal.name)) {
        all_known &= LengthOf(after.lengths, wal.name) != nullptr;
      } else if (IsMissing(before.lengths, wal.name)) {
        missing.insert(wal.name);
      } else {
        all_known = false;
      }
    }
  }
  // A live server has a WAL: where not one is found, other folders were looked into.
  if (!any_found && !missing.empty()) return std::nullopt;
  if (missing.empty() && !all_known) return std::nullopt;
  return std::vector<std::string>(missing.begin(), missing.end());
}

}  // namespace twinwatch
