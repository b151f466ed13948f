#include "probes/replication/rules/queue_rules.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "probes/replication/wal_name.h"

namespace twinwatch {
namespace {

// Where the reader of one WAL group stands.
struct Standing {
  const WalQueue* queue = nullptr;
  std::vector<const QueuedWal*> wals;  // oldest first
  int64_t oldest_begun_ms = 0;

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
      standing.queue = &queue;
      standing.wals.push_back(wal);
    }
  }
  return standings;
}

struct Judgement {
  QueueState state;
  std::optional<std::string> why;
};

Judgement Judge(const Standing* before, const Standing& after, bool peer_enabled) {
  if (!peer_enabled) return {QueueState::kDisabled, "its peer is disabled"};
  if (!after.queue->owner_alive) {
    return {QueueState::kUnknown,
            "its region server is dead, and no other has claimed the queue yet"};
  }
  if (before == nullptr) return {QueueState::kUnknown, "it was not there at the first look"};
  if (after.oldest_begun_ms > before->oldest_begun_ms) return {QueueState::kOk, std::nullopt};
  if (after.oldest_begun_ms < before->oldest_begun_ms) {
    return {QueueState::kRewound, "it reads an older WAL again"};
  }
  const uint64_t was = before->current().position.value_or(0);
  const uint64_t is = after.current().position.value_or(0);
  if (is > was) return {QueueState::kOk, std::nullopt};
  if (is < was)
    return {QueueState::kRewound, fmt::format("its position went back from {} to {}", was, is)};
  return {QueueState::kUnknown, "it stands still, and the length of its WAL is not known"};
}

}  // namespace

std::vector<QueueStatus> JudgeQueues(const QueueReading& before, const QueueReading& after,
                                     bool peer_enabled) {
  const std::map<GroupKey, Standing> first = Standings(before);
  std::vector<QueueStatus> judged;
  for (const auto& [key, standing] : Standings(after)) {
    const auto it = first.find(key);
    Judgement judgement = Judge(it == first.end() ? nullptr : &it->second, standing, peer_enabled);
    QueueStatus& status = judged.emplace_back();
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

}  // namespace twinwatch
