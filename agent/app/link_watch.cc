#include "agent/app/link_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace twinwatch::app {
namespace {

constexpr std::chrono::seconds kPollInterval{5};
// Changes may come in bursts: never read more often than this.
constexpr std::chrono::seconds kPauseAfterReading{1};
constexpr std::chrono::seconds kPauseAfterError{5};
// Two looks are compared that lie at least so far apart.
constexpr absl::Duration kLookBack = absl::Seconds(5);

}  // namespace

LinkWatch::LinkWatch(const Executor& executor, LinkSpec spec, ledger::Ledger* ledger,
                     std::function<void()> changed)
    : executor_(executor), spec_(std::move(spec)), ledger_(ledger), changed_(std::move(changed)) {
  queues_state_.name = "queues:" + spec_.name;
}

void LinkWatch::Start() { Spawn(executor_, WatchQueues()); }

Task<void> LinkWatch::WatchQueues() {
  while (true) {
    const Status status = co_await WatchConnected();
    spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(status));
    queues_state_.success = false;
    tried_ = true;
    // What was known of the queues is not known any more.
    latest_.reset();
    lag_ = KnownLag();
    readings_.clear();
    changed_();
    co_await SleepFor(kPauseAfterError);
  }
}

// Returns when something failed.
Task<Status> LinkWatch::WatchConnected() {
  if (!link_) {
    CO_ASSIGN_OR_RETURN(std::unique_ptr<Link> link,
                        co_await OpenLink(executor_, spec_, Sides::kSourceOnly));
    link_ = std::move(link);
    spdlog::info("link={} msg=\"watching peer {} of {}\"", spec_.name, link_->peer->id,
                 link_->source->name());
  }
  const std::shared_ptr<Link> link = link_;
  while (true) {
    StatusOr<LinkReading> reading =
        co_await ReadLink(link->source.get(), link->source_wals.get(), link->peer->id);
    co_await NoteState(&reading);
    CO_RETURN_IF_ERROR(reading.status());
    Learn(*std::move(reading));
    co_await SleepFor(kPauseAfterReading);
    co_await link->source->WaitForQueueChange(kPollInterval - kPauseAfterReading);
  }
}

Task<void> LinkWatch::NoteState(const StatusOr<LinkReading>* reading) {
  const bool is_gone = absl::IsNotFound(reading->status());
  if (!reading->ok() && !is_gone) co_return;
  if (source_id_.empty()) {
    const StatusOr<ClusterInfo> source = co_await link_->source->Describe();
    if (!source.ok()) co_return;
    source_id_ = source->cluster_id;
  }
  ledger::PeerChange now{absl::Now(), ledger::PeerState::kRemoved};
  if (reading->ok()) now = StateOf((*reading)->peer_enabled, (*reading)->queues, (*reading)->at);
  const Status noted = ledger_->NotePeer(source_id_, link_->peer->id, now);
  if (!noted.ok()) spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(noted));
}

void LinkWatch::NoteMissing(const LinkReading& reading, const std::vector<std::string>& missing) {
  if (source_id_.empty()) return;
  for (const ledger::MissingWal& wal : Described(missing, reading.queues, reading.at)) {
    const Status noted = ledger_->NoteMissingWal(source_id_, link_->peer->id, wal);
    if (noted.ok()) continue;
    spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(noted));
    return;
  }
}

void LinkWatch::Learn(LinkReading reading) {
  for (const WalQueue& queue : reading.queues.queues) {
    position_changed_at_.try_emplace(queue.owner.HostPort(), reading.at);
  }
  std::erase_if(position_changed_at_, [&reading](const auto& entry) {
    return std::none_of(
        reading.queues.queues.begin(), reading.queues.queues.end(),
        [&entry](const WalQueue& queue) { return queue.owner.HostPort() == entry.first; });
  });
  lag_.Learn(reading);
  readings_.push_back(std::move(reading));
  const LinkReading& now = readings_.back();
  while (readings_.size() > 2 && now.at - readings_[1].at >= kLookBack) readings_.pop_front();
  tried_ = true;
  queues_state_.success = true;
  queues_state_.last_success = now.at;
  if (readings_.size() < 2) return;
  LinkSnapshot snapshot;
  snapshot.status =
      JudgeReadings(readings_.front(), now, link_->peer->id, link_->sleep_for_retries);
  if (snapshot.status.missing_wals) NoteMissing(now, *snapshot.status.missing_wals);
  if (!link_->source_wals) snapshot.status.lengths_unknown = link_->why_no_source_wals;
  snapshot.status.link = spec_.name;
  snapshot.status.source = link_->source->name();
  snapshot.status.target = link_->target_name;
  const LinkStatus since_last = JudgeReadings(readings_[readings_.size() - 2], now, link_->peer->id,
                                              link_->sleep_for_retries);
  for (const QueueStatus& queue : since_last.queues) {
    const StatusOr<ServerName> server = ServerName::Parse(queue.regionserver);
    if (queue.state == QueueState::kOk && server.ok())
      position_changed_at_[server->HostPort()] = now.at;
  }
  snapshot.position_changed_at = position_changed_at_;
  latest_ = std::move(snapshot);
  changed_();
}

}  // namespace twinwatch::app
