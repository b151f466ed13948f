#include "agent/app/measure_lag.h"

#include <algorithm>
#include <utility>

#include "agent/app/closed_members.h"
#include "probes/replication/heartbeat.h"

namespace twinwatch::app {
namespace {

constexpr int kLooksPerRound = 5;

constexpr std::chrono::milliseconds kPauseAfterError{500};

// Beats on their way still use all of it.
struct Open {
  std::unique_ptr<Link> link;
  std::unique_ptr<Cluster> target;  // null when it is not needed
  std::unique_ptr<LagProbe> probe;
};

// Until the io_context ends, with which its coroutines go.
Task<void> KeepToTheEnd(std::shared_ptr<const Open> open) {
  co_await SleepUntil(Deadline::max());
  (void)open;
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
  view->held_by = HolderText(behind->server);
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
    co_await SleepUntil(begun + absl::ToChronoMilliseconds(wait));
    // What the target does not show proves nothing; positions may.
    if (target != nullptr) (void)co_await probe->LookAtTarget(target);
    CO_RETURN_IF_ERROR(co_await probe->Look());
  }
  co_return HasCome(*probe, until);
}

// For the next command: an agent that runs writes what it knows itself.
Status KeepMembers(const LagProbe& probe, const std::string& ledger_path,
                   const std::string& source_id, const std::string& peer) {
  if (!probe.is_closed()) return absl::OkStatus();
  const auto ledger = ledger::Ledger::Open(ledger_path, ledger::OpenMode::kExisting);
  if (absl::IsNotFound(ledger.status())) return absl::OkStatus();
  RETURN_IF_ERROR(ledger.status());
  return (*ledger)->KeepClosedWatch(source_id, peer, ToLedger(probe.members().kept()));
}

}  // namespace

LagProbeParts LagPartsOf(const Link& link, const std::string& source_id) {
  LagProbeParts parts;
  parts.source = link.source.get();
  parts.wals = link.source_wals.get();
  parts.peer_id = link.peer->id;
  parts.source_id = source_id;
  parts.heartbeat_table = link.heartbeat_table;
  parts.writer_id = NewWriterId();
  parts.has_wal_groups = link.has_wal_groups;
  return parts;
}

StatusOr<std::optional<Watermark::Kept>> KeptWatermark(ledger::Ledger* ledger,
                                                       const std::string& source_id,
                                                       const std::string& peer) {
  ASSIGN_OR_RETURN(const auto kept, ledger->Watermark(source_id, peer));
  if (!kept) return std::optional<Watermark::Kept>();
  return std::optional(Watermark::Kept{kept->peer_created, kept->at});
}

StatusOr<std::optional<Watermark::Kept>> KeptWatermark(const std::string& ledger_path,
                                                       const std::string& source_id,
                                                       const std::string& peer) {
  const auto ledger = ledger::Ledger::Open(ledger_path, ledger::OpenMode::kExisting);
  if (absl::IsNotFound(ledger.status())) return std::optional<Watermark::Kept>();
  RETURN_IF_ERROR(ledger.status());
  return KeptWatermark(ledger->get(), source_id, peer);
}

Task<StatusOr<LagView>> MeasureLag(Executor executor, LinkSpec spec, std::string ledger_path,
                                   absl::Time until, absl::Duration patience,
                                   absl::Duration more_if_closed) {
  Deadline deadline = After(absl::ToChronoMilliseconds(patience));
  const auto open = std::make_shared<Open>();
  Spawn(executor, KeepToTheEnd(open));
  CO_ASSIGN_OR_RETURN(open->link, co_await OpenLink(executor, spec, Sides::kSourceOnly));
  const Link& link = *open->link;
  CO_ASSIGN_OR_RETURN(const ClusterInfo source, co_await link.source->Describe());
  CO_ASSIGN_OR_RETURN(const std::optional<Watermark::Kept> kept,
                      KeptWatermark(ledger_path, source.cluster_id, link.peer->id));
  LagProbeParts parts = LagPartsOf(link, source.cluster_id);
  CO_ASSIGN_OR_RETURN(parts.members, KeptMembers(ledger_path, source.cluster_id, link.peer->id));
  open->probe = std::make_unique<LagProbe>(std::move(parts), kept);
  std::optional<LinkReading> last;
  bool has_come = false;
  while (!has_come) {
    // Beats on the target are needed where positions cannot be compared with lengths.
    if (!open->target && open->probe->GoesByBeats()) {
      CO_ASSIGN_OR_RETURN(open->target, co_await ConnectTarget(executor, link));
    }
    LinkReading reading;
    const StatusOr<bool> come = co_await RoundAndLooks(open->probe.get(), open->target.get(),
                                                       spec.heartbeat_interval, until, &reading);
    if (open->probe->is_closed()) {
      deadline += absl::ToChronoMilliseconds(more_if_closed);
      more_if_closed = absl::ZeroDuration();
    }
    const bool is_late = std::chrono::steady_clock::now() >= deadline;
    // ZooKeeper may be back before the time is over.
    if (!come.ok() && (!IsTransient(come.status()) || (is_late && !last))) co_return come.status();
    if (come.ok()) last = std::move(reading);
    has_come = come.ok() && *come;
    if (is_late) break;
    if (!come.ok()) co_await SleepFor(kPauseAfterError);
  }
  LagView view;
  view.link = link.name;
  view.watermark = open->probe->watermark().at();
  view.at = absl::Now();
  view.reached = has_come;
  if (!has_come) Explain(*open->probe, *last, &view);
  CO_RETURN_IF_ERROR(KeepMembers(*open->probe, ledger_path, source.cluster_id, link.peer->id));
  co_return view;
}

}  // namespace twinwatch::app
