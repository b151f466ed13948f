#include "agent/app/barriers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/app/closed_members.h"
#include "probes/replication/heartbeat.h"
#include "probes/replication/replication_barrier.h"

namespace twinwatch::app {
namespace {

Task<StatusOr<std::optional<ClosedMembers>>> Remembered(ledger::Ledger* ledger, Cluster* source,
                                                        std::string peer_id) {
  if (ledger == nullptr) co_return std::nullopt;
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await source->Describe());
  co_return KeptMembers(ledger, info.cluster_id, peer_id);
}

}  // namespace

Task<StatusOr<std::optional<Peer>>> PeerBack(Executor executor, Link* link) {
  CO_ASSIGN_OR_RETURN(const ClusterInfo source, co_await link->source->Describe());
  CO_ASSIGN_OR_RETURN(const ClusterKey source_key, ClusterKey::Parse(link->source->name()));
  CO_ASSIGN_OR_RETURN(const std::vector<Peer> peers, co_await link->target->Peers());
  for (const Peer& peer : peers) {
    const StatusOr<bool> back =
        co_await PeerLeadsTo(executor, link, peer, source_key, source.cluster_id);
    if (!back.ok()) {
      // It could be the source by another name: then the target's own writes would look like drift.
      co_return Error(absl::StatusCode::kNotFound,
                      "whether peer {} of {} leads back to the source cannot be told ({})", peer.id,
                      link->target->name(), Text(back.status()));
    }
    if (*back) co_return peer;
  }
  co_return std::nullopt;
}

BarrierKind Barriers::kind() const {
  return backward ? std::max(forward->kind(), backward->kind()) : forward->kind();
}

Task<StatusOr<Barriers>> OpenBarriers(Executor executor, Link* link, ledger::Ledger* ledger,
                                      std::function<bool()> given_up) {
  if (!link->peer) {
    co_return Error(absl::StatusCode::kNotFound, "nothing replicates from {} to {}",
                    link->source->name(), link->target->name());
  }
  Barriers barriers;
  BarrierParts parts;
  parts.source = link->source.get();
  parts.target = link->target.get();
  parts.wals = link->source_wals.get();
  parts.no_wals = link->why_no_source_wals;
  parts.peer = *link->peer;
  parts.heartbeat_table = link->heartbeat_table;
  parts.writer_id = NewWriterId();
  parts.given_up = std::move(given_up);
  parts.has_wal_groups = link->has_wal_groups;
  CO_ASSIGN_OR_RETURN(parts.members, co_await Remembered(ledger, parts.source, parts.peer.id));
  CO_ASSIGN_OR_RETURN(barriers.forward, co_await OpenBarrier(parts));
  CO_ASSIGN_OR_RETURN(const std::optional<Peer> back, co_await PeerBack(executor, link));
  if (!back) co_return barriers;
  parts.source = link->target.get();
  parts.target = link->source.get();
  parts.wals = link->target_wals.get();
  parts.no_wals = link->why_no_target_wals;
  parts.peer = *back;
  parts.has_wal_groups = link->target_has_wal_groups;
  CO_ASSIGN_OR_RETURN(parts.members, co_await Remembered(ledger, parts.source, parts.peer.id));
  StatusOr<std::unique_ptr<Barrier>> backward = co_await OpenBarrier(parts);
  if (!backward.ok()) {
    co_return Annotate(
        backward.status(),
        fmt::format("the pair replicates both ways, and the way back (peer {})", back->id));
  }
  barriers.backward = *std::move(backward);
  co_return barriers;
}

}  // namespace twinwatch::app
