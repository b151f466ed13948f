#include "probes/replication/collector.h"

#include <algorithm>
#include <utility>

#include "probes/replication/rules/link_rules.h"
#include "probes/replication/rules/queue_rules.h"

namespace twinwatch {

Task<StatusOr<LinkReading>> ReadLink(Cluster* source, std::string peer_id) {
  LinkReading reading;
  CO_ASSIGN_OR_RETURN(const std::vector<Peer> peers, co_await source->Peers());
  const auto peer =
      std::find_if(peers.begin(), peers.end(), [&](const Peer& p) { return p.id == peer_id; });
  if (peer == peers.end()) {
    co_return Error(absl::StatusCode::kNotFound, "{} has no peer {} any more", source->name(),
                    peer_id);
  }
  reading.peer_enabled = peer->enabled;
  CO_ASSIGN_OR_RETURN(reading.queues, co_await source->ReadQueues(peer_id));
  // HBase's own figures are shown beside ours: without them nothing is lost but the comparison.
  const StatusOr<std::vector<ReportedLoad>> loads = co_await source->ReportedReplication();
  if (loads.ok()) reading.reported = Summarize(*loads, peer_id);
  reading.at = absl::Now();
  co_return reading;
}

LinkStatus JudgeReadings(const LinkReading& before, const LinkReading& after,
                         const std::string& peer_id) {
  LinkStatus link;
  link.peer = peer_id;
  link.peer_enabled = after.peer_enabled;
  link.queues = JudgeQueues(before.queues, after.queues, after.peer_enabled);
  link.recovered_queues = static_cast<uint64_t>(std::count_if(
      after.queues.queues.begin(), after.queues.queues.end(),
      [](const WalQueue& queue) { return !queue.dead_servers.empty() || !queue.owner_alive; }));
  link.orphan_queues = after.queues.orphan_queues;
  link.hfile_refs = after.queues.hfile_refs;
  link.reported = after.reported;
  JudgeLink(&link);
  return link;
}

}  // namespace twinwatch
