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
constexpr absl::Duration kPauseAfterFailedPass = absl::Minutes(1);
// Two looks are compared that lie at least so far apart.
constexpr absl::Duration kLookBack = absl::Seconds(5);

class NoObserver : public VerifyObserver {
 public:
  void OnFinding(const Finding&) override {}
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
};

}  // namespace

LinkWatch::LinkWatch(const Executor& executor, LinkSpec spec, VerifyConfig verify,
                     std::function<void()> changed)
    : executor_(executor),
      spec_(std::move(spec)),
      verify_(std::move(verify)),
      changed_(std::move(changed)) {
  queues_state_.name = "queues:" + spec_.name;
  verify_state_.name = "verify:" + spec_.name;
}

void LinkWatch::Start() {
  Spawn(executor_, WatchQueues());
  Spawn(executor_, VerifyNowAndThen());
}

Task<void> LinkWatch::WatchQueues() {
  while (true) {
    const Status status = co_await WatchConnected();
    spdlog::warn("link={} msg=\"{}\"", spec_.name, Text(status));
    queues_state_.success = false;
    tried_ = true;
    // What was known of the queues is not known any more.
    latest_.reset();
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
    CO_ASSIGN_OR_RETURN(
        LinkReading reading,
        co_await ReadLink(link->source.get(), link->source_wals.get(), link->peer->id));
    Learn(std::move(reading));
    co_await SleepFor(kPauseAfterReading);
    co_await link->source->WaitForQueueChange(kPollInterval - kPauseAfterReading);
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
  for (const auto& [table, marks] : tables_) snapshot.tables.push_back(marks);
  snapshot.verify = totals_;
  latest_ = std::move(snapshot);
  changed_();
}

// A full pass at the start, and again when half of the time has gone by in which one must be done.
Task<void> LinkWatch::VerifyNowAndThen() {
  while (true) {
    const absl::Time started = absl::Now();
    const Status status = co_await VerifyOnce();
    verify_state_.success = status.ok();
    if (status.ok()) {
      verify_state_.last_success = absl::Now();
    } else {
      spdlog::warn("link={} msg=\"verification: {}\"", spec_.name, Text(status));
    }
    changed_();
    const absl::Duration left =
        status.ok() ? started + verify_.freshness / 2 - absl::Now() : kPauseAfterFailedPass;
    co_await SleepFor(
        std::chrono::milliseconds(std::max<int64_t>(absl::ToInt64Milliseconds(left), 1000)));
  }
}

Task<Status> LinkWatch::VerifyOnce() {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Link> link,
                      co_await OpenLink(executor_, spec_, Sides::kBoth));
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await link->source->Describe());
  VerifyRequest request;
  request.include = verify_.tables_include;
  request.exclude = verify_.tables_exclude;
  request.options.bytes_per_second =
      verify_.rate_bytes_per_second * std::max<size_t>(info.live_servers.size(), 1);
  CO_ASSIGN_OR_RETURN(std::vector<TablePlan> plans, co_await PlanVerify(link.get(), request));
  NoObserver observer;
  const std::string run = NewRunId(absl::Now());
  CO_ASSIGN_OR_RETURN(const Proof proof,
                      co_await OpenProof(executor_, link.get(), request.confirm));
  const VerifyResult result = co_await RunVerify(std::move(plans), request, &proof, run, &observer);
  Note(result);
  co_return absl::OkStatus();
}

void LinkWatch::Note(const VerifyResult& result) {
  std::map<TableName, TableMarks> tables;
  totals_.unknown_rows = 0;
  for (const TableResult& table : result.tables) {
    TableMarks& marks = tables[table.table];
    if (const auto it = tables_.find(table.table); it != tables_.end()) marks = it->second;
    marks.table = table.table;
    if (table.verdict() == Verdict::kSame) marks.full_pass_at = result.started;
    totals_.rows_compared += std::max(table.rows_source, table.rows_target);
    totals_.ranges_compared += table.ranges;
    totals_.range_failures += table.unverified.size() + (table.error ? 1 : 0);
    totals_.unknown_rows += table.unknown_rows + table.suspects.Sum();
    if (table.verdict() != Verdict::kSame) {
      spdlog::warn("link={} table={} run={} msg=\"verification: {}, {} suspects\"", spec_.name,
                   table.table.ToString(), result.run, table.error.value_or("not the same"),
                   table.suspects.Sum());
    }
  }
  tables_ = std::move(tables);
  if (latest_) {
    latest_->verify = totals_;
    latest_->tables.clear();
    for (const auto& [table, marks] : tables_) latest_->tables.push_back(marks);
  }
}

}  // namespace twinwatch::app
