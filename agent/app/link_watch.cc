#include "agent/app/link_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "agent/app/closed_members.h"
#include "agent/app/measure_lag.h"
#include "probes/replication/collector.h"
#include "probes/replication/rules/hfile_refs.h"
#include "probes/replication/rules/link_rules.h"
#include "probes/replication/rules/queue_rules.h"

namespace twinwatch::app {
namespace {

constexpr std::chrono::seconds kMasterInterval{5};
constexpr std::chrono::seconds kPauseAfterError{5};
constexpr std::chrono::seconds kSlowInterval{60};
// A WAL is missing when it was so twice, this far apart.
constexpr absl::Duration kLookBack = absl::Seconds(5);
// Where lengths are not known, the watermark pays each look at the target twice.
constexpr int kLooksWithoutLengths = 5;
// A restart within ClosedWatch::kWatched must find that no time has passed.
constexpr absl::Duration kKeepMembersEvery = absl::Seconds(3);

}  // namespace

LinkWatch::LinkWatch(const Executor& executor, LinkSpec spec, ledger::Ledger* ledger,
                     std::function<void()> changed)
    : executor_(executor), spec_(std::move(spec)), ledger_(ledger), changed_(std::move(changed)) {
  queues_.name = "queues:" + spec_.name;
  heartbeats_.name = "heartbeat:" + spec_.name;
  target_.name = "target:" + spec_.name;
}

void LinkWatch::Start() {
  Recall();
  Spawn(executor_, WatchSource());
  Spawn(executor_, WatchMaster());
  Spawn(executor_, WatchTarget());
  Spawn(executor_, WatchHFiles());
}

// A source that cannot be reached when the agent begins must not silence the lag.
void LinkWatch::Recall() {
  LinkSnapshot recalled;
  recalled.status.link = spec_.name;
  recalled.status.source = spec_.source.ToString();
  if (spec_.target) recalled.status.target = spec_.target->ToString();
  recalled.status.peer = spec_.peer.value_or("");
  recalled.status.why = "its queues were not read yet";
  const auto kept = ledger_->WatermarkOfLink(Name());
  if (kept.ok() && *kept && (!spec_.peer || *spec_.peer == (*kept)->peer)) {
    recalled.status.peer = (*kept)->peer;
    recalled.status.watermark = (*kept)->at;
  }
  latest_ = std::move(recalled);
}

ledger::LinkName LinkWatch::Name() const { return {spec_.name, spec_.source.ToString()}; }

Task<void> LinkWatch::WatchSource() {
  while (true) {
    Lost(co_await ReadOnAndOn());
    co_await SleepFor(kPauseAfterError);
  }
}

Task<Status> LinkWatch::Connect() {
  CO_ASSIGN_OR_RETURN(std::unique_ptr<Link> link,
                      co_await OpenLink(executor_, spec_, Sides::kSourceOnly));
  CO_ASSIGN_OR_RETURN(const ClusterInfo source, co_await link->source->Describe());
  source_id_ = source.cluster_id;
  CO_ASSIGN_OR_RETURN(kept_, KeptWatermark(ledger_, source_id_, link->peer->id));
  LagProbeParts parts = LagPartsOf(*link, source_id_);
  CO_ASSIGN_OR_RETURN(parts.members, KeptMembers(ledger_, source_id_, link->peer->id));
  parts.rounds_kept = spec_.rounds_kept;
  probe_ = std::make_unique<LagProbe>(std::move(parts), kept_);
  link_ = std::move(link);
  masters_ = std::make_unique<MasterWatch>(link_.get());
  spdlog::info("link={} msg=\"watching peer {} of {}\"", spec_.name, link_->peer->id,
               link_->source->name());
  co_return absl::OkStatus();
}

Task<Status> LinkWatch::ReadOnAndOn() {
  if (!link_) CO_RETURN_IF_ERROR(co_await Connect());
  const std::chrono::milliseconds interval = absl::ToChronoMilliseconds(spec_.heartbeat_interval);
  while (true) {
    const Deadline begun = std::chrono::steady_clock::now();
    StatusOr<LinkReading> reading = co_await probe_->Round();
    if (absl::IsPermissionDenied(reading.status())) {
      // Nothing can be proven: what is reported is shown, and the lag grows.
      const std::string denied(Text(reading.status()));
      reading = co_await ReadLink(link_->source.get(), nullptr, link_->peer->id);
      if (reading.ok()) {
        if (reading->closed) reading->closed = denied;
        Learn(*std::move(reading));
        co_await SleepFor(kMasterInterval);
        continue;
      }
    }
    CO_RETURN_IF_ERROR(reading.status());
    Learn(*std::move(reading));
    co_await SleepUntil(begun + interval / 2);
    CO_RETURN_IF_ERROR(co_await probe_->Look());
    KeepWatermark();
    PublishWatermark();
    co_await SleepUntil(begun + interval);
  }
}

Task<void> LinkWatch::WatchMaster() {
  while (true) {
    if (masters_) {
      std::optional<LinkReading> latest;
      if (!readings_.empty() && masters_->WantsReading()) latest = readings_.back();
      co_await masters_->Ask(std::move(latest), target_cluster_.get());
    }
    co_await SleepFor(kMasterInterval);
  }
}

// What it finds is published with the next reading.
Task<void> LinkWatch::WatchHFiles() {
  Deadline audit_at{};
  while (true) {
    if (link_ && !readings_.empty()) {
      if (readings_.back().queues.hfile_refs == 0) {
        hfiles_.reset();  // nothing of what was found holds for refs that come later
      } else if (std::chrono::steady_clock::now() >= audit_at) {
        if (!hfiles_) hfiles_.emplace(HFileAuditPartsOf(*link_));
        std::optional<absl::Time> watermark;
        if (kept_) watermark = kept_->at;
        co_await hfiles_->Turn(watermark, absl::Now());
        audit_at = After(kSlowInterval);
      }
    }
    co_await SleepFor(kMasterInterval);
  }
}

Task<void> LinkWatch::WatchTarget() {
  while (true) {
    std::chrono::milliseconds pause = kPauseAfterError;
    if (probe_) {
      const Status status = co_await LookAtTarget();
      Note(&target_, status);
      const int looks = probe_->GoesByBeats() ? kLooksWithoutLengths : 1;
      if (status.ok()) pause = absl::ToChronoMilliseconds(spec_.heartbeat_interval / looks);
    }
    co_await SleepFor(pause);
  }
}

Task<Status> LinkWatch::LookAtTarget() {
  if (!target_cluster_) {
    CO_ASSIGN_OR_RETURN(target_cluster_, co_await ConnectTarget(executor_, *link_));
    Spawn(executor_, masters_->WatchClocks(target_cluster_.get()));
  }
  co_return co_await probe_->LookAtTarget(target_cluster_.get());
}

void LinkWatch::Learn(LinkReading reading) {
  // What the master said before the znode changed is old.
  if (!readings_.empty() && readings_.back().queues.peer_stamp != reading.queues.peer_stamp)
    masters_->PeerChanged();
  reading.peer_enabled = reading.peer_enabled && masters_->enabled().value_or(true);
  if (!reading.reported) reading.reported = masters_->reported();
  if (reading.closed && reading.loads.empty() && masters_->loads())
    reading.loads = *masters_->loads();
  Note(&queues_, absl::OkStatus());
  Note(&heartbeats_, probe_->heartbeat_error());
  history_.Learn(reading);
  readings_.push_back(std::move(reading));
  const LinkReading& now = readings_.back();
  while (readings_.size() > 2 && now.at - readings_[1].at >= kLookBack) readings_.pop_front();
  tried_ = true;
  last_turn_ = absl::Now();
  Remember(now);
  KeepMembers();
  KeepWatermark();
  Publish();
}

// What was known of the queues is not known any more. The watermark still is.
void LinkWatch::Lost(const Status& status) {
  Note(&queues_, status);
  tried_ = true;
  last_turn_ = absl::Now();
  history_ = QueueHistory();
  readings_.clear();
  // Peers may be kept elsewhere than in ZooKeeper.
  if (link_ && absl::IsNotFound(status) && !masters_->enabled()) {
    const Status noted =
        ledger_->NotePeer(source_id_, link_->peer->id, {absl::Now(), ledger::PeerState::kRemoved});
    if (!noted.ok()) spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(noted));
    latest_.reset();
  } else if (link_) {
    LinkSnapshot lost;
    lost.status.peer = link_->peer->id;
    lost.status.why = Text(status);
    latest_ = std::move(lost);
    Publish();
  } else if (latest_) {
    latest_->status.why = Text(status);
  }
  changed_();
}

void LinkWatch::Publish() {
  LinkSnapshot snapshot;
  if (history_.last()) {
    const absl::Duration rest =
        LongestRest(probe_->heartbeat_error().ok(), link_->sleep_for_retries);
    snapshot.status = JudgeWatched(history_, readings_.front(), link_->peer->id, rest);
    snapshot.position_changed_at = history_.LastMoves();
  } else {
    snapshot.status = latest_->status;
  }
  if (!link_->source_wals) snapshot.status.lengths_unknown = link_->why_no_source_wals;
  snapshot.status.link = spec_.name;
  snapshot.status.source = link_->source->name();
  snapshot.status.target = link_->target_name;
  snapshot.status.tables = masters_->tables();
  snapshot.status.retained_wal_bytes = masters_->retained_bytes();
  snapshot.status.runway = masters_->runway();
  snapshot.target_clock_offset = masters_->clock_offset();
  if (hfiles_) AddHFiles(hfiles_->findings(), &snapshot.status);
  AddWatermark(&snapshot);
  AddCause(&snapshot.status);
  latest_ = std::move(snapshot);
  changed_();
}

// A look at positions moves the watermark, and no queue's state.
void LinkWatch::PublishWatermark() {
  AddWatermark(&*latest_);
  changed_();
}

void LinkWatch::AddWatermark(LinkSnapshot* snapshot) const {
  snapshot->heartbeats = probe_->heartbeats();
  LinkStatus* status = &snapshot->status;
  status->watermark.reset();
  status->held_by.reset();
  status->held_why.reset();
  status->no_heartbeats.reset();
  if (kept_) status->watermark = kept_->at;
  if (!probe_->heartbeat_error().ok()) status->no_heartbeats = Text(probe_->heartbeat_error());
  const std::optional<Watermark::Holder> behind = probe_->watermark().Behind();
  const absl::Duration healthy = HealthyLag(spec_.heartbeat_interval, link_->sleep_for_retries);
  if (!behind || (behind->until && absl::Now() - *behind->until <= healthy)) return;
  status->held_by = HolderText(behind->server);
  status->held_why = behind->why;
}

void LinkWatch::AddCause(LinkStatus* status) const {
  std::string cause;
  if (!target_.error.empty()) cause = "the target does not answer: " + target_.error;
  const std::optional<TableCounts>& tables = masters_->tables();
  if (tables && !tables->blocking.empty()) cause = tables->blocking.front();
  if (cause.empty()) return;
  for (QueueStatus& queue : status->queues) {
    if (queue.state == QueueState::kStalled) *queue.why += "; " + cause;
  }
  if (status->state == QueueState::kStalled) *status->why += "; " + cause;
}

std::optional<absl::Duration> LinkWatch::Lag() const {
  if (!latest_) return std::nullopt;
  const QueueState state = latest_->status.state;
  if (state != QueueState::kOk && state != QueueState::kLagging) return std::nullopt;
  return latest_->status.Lag(absl::Now());
}

void LinkWatch::Remember(const LinkReading& reading) {
  Status noted = ledger_->NotePeer(source_id_, link_->peer->id,
                                   StateOf(reading.peer_enabled, reading.queues, reading.at));
  const std::optional<std::vector<std::string>> missing = MissingWals(readings_.front(), reading);
  if (missing) {
    for (const ledger::MissingWal& wal : Described(*missing, reading.queues, reading.at))
      if (noted.ok()) noted = ledger_->NoteMissingWal(source_id_, link_->peer->id, wal);
  }
  if (!noted.ok()) spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(noted));
}

// Before it is shown: what was shown once is never taken back, not even by a restart.
void LinkWatch::KeepWatermark() {
  const std::optional<Watermark::Kept>& now = probe_->watermark().kept();
  if (now == kept_) return;
  kept_ = now;
  if (!now) return;
  const Status kept = ledger_->KeepWatermark(source_id_, link_->peer->id, Name(),
                                             {now->peer_created, now->at}, absl::Now());
  if (!kept.ok()) spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(kept));
}

// Before the watermark that rests on them.
void LinkWatch::KeepMembers() {
  if (!probe_->is_closed()) return;
  ClosedMembers now = probe_->members().kept();
  if (kept_members_ && kept_members_->members == now.members &&
      kept_members_->master == now.master && now.seen - kept_members_->seen < kKeepMembersEvery)
    return;
  const Status kept = ledger_->KeepClosedWatch(source_id_, link_->peer->id, ToLedger(now));
  if (!kept.ok()) spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(kept));
  kept_members_ = std::move(now);
  const auto watch = ledger_->ClosedWatchOf(source_id_, link_->peer->id);
  if (!watch.ok() || !*watch) return;
  for (const auto& [server, waived_at] : WaiversIn(**watch)) probe_->Waive(server, waived_at);
}

void LinkWatch::Note(CollectorState* state, const Status& status) {
  const std::string error = status.ok() ? "" : std::string(Text(status));
  if (error != state->error) {
    if (status.ok()) {
      spdlog::info("link={} collector={} msg=\"works again\"", spec_.name, state->name);
    } else {
      spdlog::warn("link={} collector={} msg=\"{}\"", spec_.name, state->name, error);
    }
  }
  state->error = error;
  state->success = status.ok();
  if (status.ok()) state->last_success = absl::Now();
}

}  // namespace twinwatch::app
