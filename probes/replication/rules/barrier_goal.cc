#include "probes/replication/rules/barrier_goal.h"

#include <algorithm>
#include <set>
#include <utility>

#include "probes/replication/wal_name.h"

namespace twinwatch {
namespace {

struct Seen {
  const WalQueue* queue = nullptr;
  const QueuedWal* wal = nullptr;
};

// A WAL that nobody writes to any more: one that is not the newest of its group, or a dead
// server's.
bool IsClosed(const WalQueue& queue, const QueuedWal& wal, const WalName& name) {
  if (!queue.IsOfLiveServer()) return true;
  return std::any_of(queue.wals.begin(), queue.wals.end(), [&](const QueuedWal& other) {
    const StatusOr<WalName> other_name = ParseWalName(other.name);
    return other_name.ok() && other_name->group == name.group &&
           other_name->begun_ms > name.begun_ms && &other != &wal;
  });
}

bool IsEmpty(const WalFile& file) {
  // Shorter than its header: nothing in it was ever synced.
  return file.bytes <= file.header_bytes.value_or(0);
}

}  // namespace

Status CheckSamePeer(const QueueReading& reading, std::optional<int64_t>* created) {
  if (!reading.peer_stamp) {
    return absl::FailedPreconditionError("the peer was removed: nothing replicates any more");
  }
  if (!reading.peer_enabled.value_or(false)) {
    return absl::FailedPreconditionError(
        "the peer is disabled: nothing is shipped until it is enabled");
  }
  if (!*created) *created = reading.peer_stamp->created;
  if (**created != reading.peer_stamp->created) {
    return absl::FailedPreconditionError(
        "the peer was removed and added again: what was queued before is lost to it");
  }
  return absl::OkStatus();
}

std::optional<BarrierGoal::WalGoal> BarrierGoal::ToGoal(const WalQueue& queue,
                                                        const QueuedWal& wal) {
  WalGoal goal;
  goal.wal = wal.name;
  goal.owner = queue.owner.HostPort();
  goal.position = wal.position;
  const StatusOr<WalName> name = ParseWalName(wal.name);
  // A name that is not understood: it must leave its queue.
  goal.group = name.ok() ? name->group : wal.name;
  goal.begun_ms = name.ok() ? name->begun_ms : 0;
  if (name.ok() && name->is_meta) return std::nullopt;
  return goal;
}

StatusOr<BarrierGoal> BarrierGoal::Set(const QueueReading& reading, const Lengths& lengths) {
  BarrierGoal goal;
  RETURN_IF_ERROR(CheckSamePeer(reading, &goal.peer_created_));
  for (const WalQueue& queue : reading.queues) {
    for (const QueuedWal& wal : queue.wals) {
      std::optional<WalGoal> wal_goal = ToGoal(queue, wal);
      if (!wal_goal) continue;
      const StatusOr<WalName> name = ParseWalName(wal.name);
      const bool closed = !name.ok() || IsClosed(queue, wal, *name);
      const auto length = lengths.find(wal.name);
      const bool found = length != lengths.end() && length->second.ok();
      if (found) {
        const WalFile& file = *length->second;
        if (wal.position.value_or(0) > file.bytes) {
          return Error(absl::StatusCode::kFailedPrecondition,
                       "the source of {} is broken: its position {} lies behind the end of WAL {} "
                       "({} bytes; see HBASE-29987)",
                       wal_goal->owner, *wal.position, wal.name, file.bytes);
        }
        if (closed && file.bytes == 0) {
          return Error(absl::StatusCode::kFailedPrecondition,
                       "WAL {} in the queue of {} is closed and empty: whether edits were lost "
                       "cannot be told",
                       wal.name, wal_goal->owner);
        }
        if (IsEmpty(file)) continue;
        wal_goal->length = file.bytes;
      } else if (!closed) {
        return Error(
            absl::StatusCode::kUnavailable, "the length of WAL {} is not known: {}", wal.name,
            length == lengths.end() ? "it was not measured" : Text(length->second.status()));
      }
      goal.waiting_.push_back(*std::move(wal_goal));
    }
  }
  // What its own reading shows to be passed is passed.
  RETURN_IF_ERROR(goal.Look(reading));
  return goal;
}

Status BarrierGoal::Look(const QueueReading& now) {
  RETURN_IF_ERROR(CheckSamePeer(now, &peer_created_));
  std::map<std::string_view, Seen> queued;
  for (const WalQueue& queue : now.queues) {
    for (const QueuedWal& wal : queue.wals) queued[wal.name] = {&queue, &wal};
  }
  const auto passed = [&queued](WalGoal& goal) {
    const auto it = queued.find(goal.wal);
    if (it == queued.end()) return true;
    goal.owner = it->second.queue->owner.HostPort();
    goal.position = it->second.wal->position;
    if (goal.length && goal.position.value_or(0) >= *goal.length) return true;
    return std::any_of(it->second.queue->wals.begin(), it->second.queue->wals.end(),
                       [&goal](const QueuedWal& other) {
                         const StatusOr<WalName> name = ParseWalName(other.name);
                         return name.ok() && name->group == goal.group &&
                                name->begun_ms > goal.begun_ms && other.position.value_or(0) > 0;
                       });
  };
  std::erase_if(waiting_, passed);
  return absl::OkStatus();
}

std::string BarrierGoal::WaitsFor() const {
  if (waiting_.empty()) return "";
  const WalGoal& first = waiting_.front();
  const std::string place =
      first.length ? fmt::format("{} has shipped {} of {} bytes of WAL {}", first.owner,
                                 first.position.value_or(0), *first.length, first.wal)
                   : fmt::format("{} still has WAL {} in its queue", first.owner, first.wal);
  if (waiting_.size() == 1) return place;
  return fmt::format("{} (and {} more WALs wait)", place, waiting_.size() - 1);
}

bool HasSeveralGroups(const QueueReading& reading) {
  for (const WalQueue& queue : reading.queues) {
    if (!queue.IsOfLiveServer()) continue;
    std::set<std::string> groups;
    for (const QueuedWal& wal : queue.wals) {
      const StatusOr<WalName> name = ParseWalName(wal.name);
      if (name.ok() && !name->is_meta) groups.insert(name->group);
    }
    if (groups.size() > 1) return true;
  }
  return false;
}

}  // namespace twinwatch
