#include "agent/app/link_history.h"

#include <algorithm>
#include <map>
#include <utility>

#include "probes/replication/wal_name.h"

namespace twinwatch::app {
namespace {

PeerState ToCause(ledger::PeerState state) {
  switch (state) {
    case ledger::PeerState::kEnabled:
      return PeerState::kEnabled;
    case ledger::PeerState::kDisabled:
      return PeerState::kDisabled;
    case ledger::PeerState::kRemoved:
      break;
  }
  return PeerState::kRemoved;
}

// When the WALs of each group of a queue were begun, oldest first.
std::map<std::string, std::vector<int64_t>> BeginningsOf(const WalQueue& queue) {
  std::map<std::string, std::vector<int64_t>> begun;
  for (const QueuedWal& wal : queue.wals) {
    const StatusOr<WalName> name = ParseWalName(wal.name);
    if (name.ok()) begun[name->group].push_back(name->begun_ms);
  }
  for (auto& [group, times] : begun) std::sort(times.begin(), times.end());
  return begun;
}

}  // namespace

ledger::PeerChange StateOf(bool enabled, const QueueReading& queues, absl::Time seen) {
  ledger::PeerChange change;
  change.at = seen;
  change.state = enabled ? ledger::PeerState::kEnabled : ledger::PeerState::kDisabled;
  // Where peers are kept on the file system an old znode may still be there, and lie.
  if (queues.peer_times && queues.peer_enabled == enabled) {
    change.at = std::min(seen, absl::FromUnixMillis(queues.peer_times->state_since_ms));
  }
  return change;
}

std::vector<ledger::MissingWal> Described(const std::vector<std::string>& missing,
                                          const QueueReading& queues, absl::Time seen) {
  std::vector<ledger::MissingWal> described;
  for (const WalQueue& queue : queues.queues) {
    const std::map<std::string, std::vector<int64_t>> begun = BeginningsOf(queue);
    for (const QueuedWal& wal : queue.wals) {
      if (std::find(missing.begin(), missing.end(), wal.name) == missing.end()) continue;
      const StatusOr<WalName> name = ParseWalName(wal.name);
      if (!name.ok()) continue;
      const std::vector<int64_t>& of_group = begun.at(name->group);
      const auto next = std::upper_bound(of_group.begin(), of_group.end(), name->begun_ms);
      const absl::Time ended = next == of_group.end() ? seen : absl::FromUnixMillis(*next);
      described.push_back({wal.name, absl::FromUnixMillis(name->begun_ms), ended, seen});
    }
  }
  return described;
}

Task<StatusOr<LinkHistory>> NoteAndRecall(ledger::Ledger* ledger, std::string source_id,
                                          Cluster* source, Peer peer) {
  const StatusOr<QueueReading> queues = co_await source->ReadQueues(peer.id);
  LinkHistory history;
  const QueueReading nothing;
  const ledger::PeerChange now =
      StateOf(peer.enabled, queues.ok() ? *queues : nothing, absl::Now());
  CO_RETURN_IF_ERROR(ledger->NotePeer(source_id, peer.id, now));
  if (queues.ok() && queues->peer_times) {
    history.peer_created = absl::FromUnixMillis(queues->peer_times->created_ms);
  }
  CO_ASSIGN_OR_RETURN(const auto changes, ledger->PeerHistory(source_id, peer.id));
  for (const ledger::PeerChange& change : changes) {
    history.peer.push_back({change.at, ToCause(change.state)});
  }
  CO_ASSIGN_OR_RETURN(const auto wals, ledger->MissingWals(source_id, peer.id));
  for (const ledger::MissingWal& wal : wals) {
    history.lost_wals.push_back({wal.name, wal.begun, wal.ended});
  }
  co_return history;
}

}  // namespace twinwatch::app
