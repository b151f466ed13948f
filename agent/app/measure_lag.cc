#include "agent/app/measure_lag.h"

#include <algorithm>
#include <utility>

#include "probes/replication/heartbeat.h"
#include "probes/replication/lag_probe.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {
namespace {

constexpr int kLooksPerRound = 5;

struct Connections {
  std::unique_ptr<Link> link;
  std::unique_ptr<Cluster> target;  // null when it is not needed
};

Deadline DeadlineAfter(absl::Duration time) {
  return After(std::chrono::milliseconds(absl::ToInt64Milliseconds(time)));
}

bool HasCome(const LagProbe& probe, absl::Time until) {
  return probe.watermark().at() && *probe.watermark().at() >= until;
}

// Why it has not come; what is wrong with the peer before what is wrong with a server.
void Explain(const LagProbe& probe, const LinkReading& reading, LagView* view) {
  if (!reading.peer_enabled) {
    view->why = "the peer is disabled: nothing is shipped until it is enabled";
    return;
  }
  const std::optional<Watermark::Holder> behind = probe.watermark().Behind();
  if (!behind) return;
  view->held_by = behind->server.ToString();
  if (!behind->why.empty()) view->why = behind->why;
}

// One round and the looks behind it. True: it has come.
Task<StatusOr<bool>> RoundAndLooks(LagProbe* probe, Cluster* target, absl::Duration interval,
                                   absl::Time until, LinkReading* reading) {
  const Deadline begun = std::chrono::steady_clock::now();
  CO_ASSIGN_OR_RETURN(*reading, co_await probe->Round());
  for (int look = 1; look <= kLooksPerRound; ++look) {
    if (HasCome(*probe, until)) co_return true;
    const absl::Duration wait = interval * look / kLooksPerRound;
    co_await SleepUntil(begun + std::chrono::milliseconds(absl::ToInt64Milliseconds(wait)));
    // What the target does not show proves nothing; positions may.
    if (target != nullptr) (void)co_await probe->LookAtTarget(target);
    CO_RETURN_IF_ERROR(co_await probe->Look());
  }
  co_return HasCome(*probe, until);
}

}  // namespace

StatusOr<std::optional<Watermark::Kept>> KeptWatermark(const std::string& ledger_path,
                                                       const std::string& source_id,
                                                       const std::string& peer) {
  const auto ledger = ledger::Ledger::Open(ledger_path, ledger::OpenMode::kExisting);
  if (absl::IsNotFound(ledger.status())) return std::optional<Watermark::Kept>();
  RETURN_IF_ERROR(ledger.status());
  ASSIGN_OR_RETURN(const auto kept, (*ledger)->Watermark(source_id, peer));
  if (!kept) return std::optional<Watermark::Kept>();
  return std::optional(Watermark::Kept{kept->peer_created, kept->at});
}

Task<StatusOr<MeasuredLag>> MeasureLag(Executor executor, LinkSpec spec, std::string ledger_path,
                                       absl::Time until, absl::Duration patience) {
  const Deadline deadline = DeadlineAfter(patience);
  const auto connections = std::make_shared<Connections>();
  CO_ASSIGN_OR_RETURN(connections->link, co_await OpenLink(executor, spec, Sides::kSourceOnly));
  const Link& link = *connections->link;
  CO_ASSIGN_OR_RETURN(const ClusterInfo source, co_await link.source->Describe());
  CO_ASSIGN_OR_RETURN(const std::optional<Watermark::Kept> kept,
                      KeptWatermark(ledger_path, source.cluster_id, link.peer->id));
  // Beats on the target are needed where positions cannot be compared with lengths.
  if (!link.source_wals) {
    CO_ASSIGN_OR_RETURN(connections->target, co_await ConnectTarget(executor, link.target_name));
  }
  LagProbeParts parts;
  parts.source = link.source.get();
  parts.wals = link.source_wals.get();
  parts.peer_id = link.peer->id;
  parts.source_id = source.cluster_id;
  parts.heartbeat_table = link.heartbeat_table;
  parts.writer_id = NewWriterId();
  LagProbe probe(std::move(parts), kept);
  LinkReading reading;
  bool has_come = false;
  do {
    CO_ASSIGN_OR_RETURN(has_come, co_await RoundAndLooks(&probe, connections->target.get(),
                                                         spec.heartbeat_interval, until, &reading));
  } while (!has_come && std::chrono::steady_clock::now() < deadline);
  MeasuredLag measured;
  measured.connections = connections;
  measured.view.link = link.name;
  measured.view.watermark = probe.watermark().at();
  measured.view.at = absl::Now();
  measured.view.reached = has_come;
  if (!has_come) Explain(probe, reading, &measured.view);
  co_return measured;
}

}  // namespace twinwatch::app
