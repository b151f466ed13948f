#include "probes/replication/lag_probe.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace twinwatch {
namespace {

// A server that answers later than this has no beat in the round; at most an interval.
constexpr std::chrono::milliseconds kBeatPatience{500};
// Whether the table was made meanwhile is not asked more often.
constexpr absl::Duration kPauseWithoutTable = absl::Seconds(10);
// What cannot be measured in time is not known in this round.
constexpr std::chrono::milliseconds kMeasurePatience{2000};

// A target that is slower is not looked at any more for a while.
constexpr std::chrono::seconds kTargetPatience{10};

struct Shown {
  ServerName server;
  std::string row;
  StatusOr<std::vector<Cell>> cells = absl::DeadlineExceededError("no answer in time");
};

// Owns what it works on: a target that does not answer is not waited for.
Task<void> LookAt(Cluster* target, TableName table, std::shared_ptr<Shown> shown) {
  StatusOr<std::vector<Cell>> cells = co_await target->Get(std::move(table), shown->row);
  shown->cells = std::move(cells);
}

std::optional<std::pair<Heartbeat, uint64_t>> BeatIn(const std::vector<Cell>& cells) {
  for (const Cell& cell : cells) {
    if (cell.family != kHeartbeatFamily || cell.qualifier != kHeartbeatQualifier) continue;
    StatusOr<Heartbeat> beat = ParseHeartbeat(cell.value);
    if (beat.ok()) return std::pair(*std::move(beat), cell.timestamp_ms);
  }
  return std::nullopt;
}

}  // namespace

Task<StatusOr<QueueReading>> LagProbe::ReadQueues() {
  StatusOr<QueueReading> reading = co_await parts_.source->FollowQueues(parts_.peer_id);
  if (absl::IsPermissionDenied(reading.status())) {
    why_closed_ = Text(reading.status());
    reading = co_await AskMaster();
  } else if (reading.ok()) {
    why_closed_.reset();
    master_.AskAtOnce();
  }
  if (absl::IsPermissionDenied(reading.status())) {
    co_return Annotate(reading.status(),
                       *why_closed_ + "; and the master does not tell us instead");
  }
  CO_RETURN_IF_ERROR(reading.status());
  if (!reading->peer_stamp) {
    co_return Error(absl::StatusCode::kNotFound, "{} has no peer {} any more",
                    parts_.source->name(), parts_.peer_id);
  }
  queues_ = *reading;
  co_return reading;
}

Task<StatusOr<QueueReading>> LagProbe::AskMaster() {
  if (queues_ && std::chrono::steady_clock::now() < master_.ask_at()) co_return *queues_;
  ClosedPulse pulse;
  pulse.at = Now();
  CO_RETURN_IF_ERROR(co_await master_.Look(pulse.at));
  pulse.live = master_.live();
  pulse.dead = master_.watch().Dead();
  pulse.beatless = Beatless(pulse.live);
  pulse.stamp = master_.watch().stamp();
  watermark_.LearnClosed(pulse);
  QueueReading reading;
  reading.peer_stamp = pulse.stamp;
  reading.peer_enabled = master_.peer_enabled();
  reading.live_servers = std::move(pulse.live);
  co_return reading;
}

std::map<ServerName, std::string> LagProbe::Beatless(const std::vector<ServerName>& live) const {
  std::map<ServerName, std::string> beatless;
  for (const ServerName& server : live) {
    if (parts_.has_wal_groups) {
      beatless[server] = "it writes to several WAL groups (hbase.wal.provider), a beat to one";
      continue;
    }
    if (round_.beats.contains(server)) continue;
    if (const auto failed = round_.failed.find(server); failed != round_.failed.end()) {
      beatless[server] = fmt::format("it did not take its heartbeat: {}", Text(failed->second));
    } else if (std::find(round_.uncovered.begin(), round_.uncovered.end(), server) !=
               round_.uncovered.end()) {
      beatless[server] = "it has no region of the heartbeat table until the balancer gives it one";
    } else {
      beatless[server] = fmt::format("it has no heartbeat: {}", Text(heartbeat_error_));
    }
  }
  return beatless;
}

Task<StatusOr<LinkReading>> LagProbe::Round() {
  Pulse pulse;
  pulse.sent = Now();
  if (!queues_) CO_RETURN_IF_ERROR((co_await ReadQueues()).status());
  co_await Beat(pulse.sent, &pulse);
  CO_ASSIGN_OR_RETURN(pulse.queues, co_await ReadQueues());
  pulse.live = pulse.queues.live_servers;
  if (is_closed()) {
    stats_.KeepOnly(pulse.live);
    LinkReading reading;
    reading.closed = why_closed_;
    reading.peer_enabled = pulse.queues.peer_enabled.value_or(false);
    reading.at = absl::Now();
    co_return reading;
  }
  if (meter_) pulse.lengths = co_await meter_->Measure(&pulse.queues, kMeasurePatience);
  watermark_.Learn(pulse);
  stats_.KeepOnly(pulse.live);
  LinkReading reading;
  reading.peer_enabled = pulse.queues.peer_enabled.value_or(false);
  reading.queues = std::move(pulse.queues);
  reading.lengths = std::move(pulse.lengths);
  reading.at = absl::Now();
  co_return reading;
}

absl::Time LagProbe::Now() {
  // A clock that was set back by more has made everything else worthless: the watermark sees it.
  constexpr absl::Duration kSetBack = absl::Milliseconds(500);
  const absl::Time now = absl::Now();
  if (now + kSetBack < last_now_) {
    last_now_ = now;
  } else {
    last_now_ = std::max(now, last_now_ + absl::Microseconds(1));
  }
  return last_now_;
}

Task<void> LagProbe::BeatInto(absl::Time now, std::shared_ptr<Beating> beating) {
  const std::vector<ServerName> live = queues_->live_servers;
  const HeartbeatEpoch epoch = EpochOf(live, queues_, watermark_.rewinds());
  const uint64_t sequence = ++sequence_;
  const Deadline deadline = After(kBeatPatience);
  StatusOr<BeatRound> round = co_await writer_.BeatTo(live, sequence, epoch, now, deadline);
  beating->round = std::move(round);
  beating->done = true;
}

// Where regions are may have to be looked up, which takes as long as meta does not answer: the
// round goes on without beats then.
Task<void> LagProbe::Beat(absl::Time now, Pulse* pulse) {
  if (now < no_beat_before_) co_return;
  if (beating_ && !beating_->done) {
    heartbeat_error_ = beating_->round.status();
    co_return;
  }
  beating_ = std::make_shared<Beating>();
  const std::shared_ptr<Beating> beating = beating_;
  std::vector<Task<void>> tasks;
  tasks.push_back(BeatInto(now, beating));
  co_await RunAllUntil(std::move(tasks), After(kBeatPatience * 2));
  const StatusOr<BeatRound>& round = beating->round;
  heartbeat_error_ = round.status();
  if (!round.ok()) {
    stats_.RoundFailed();
    round_ = BeatRound();
    if (absl::IsNotFound(round.status())) no_beat_before_ = now + kPauseWithoutTable;
    co_return;
  }
  stats_.Wrote(*round, absl::Now());
  for (const auto& [server, row] : round->beats) pulse->beaten.insert(server);
  if (!round->failed.empty()) {
    heartbeat_error_ = Annotate(
        round->failed.begin()->second,
        fmt::format("{} of {} region servers did not take theirs: {}", round->failed.size(),
                    queues_->live_servers.size(), round->failed.begin()->first.HostPort()));
  } else if (!round->uncovered.empty()) {
    heartbeat_error_ =
        Error(absl::StatusCode::kFailedPrecondition,
              "{} of {} region servers have no region of the table: {}", round->uncovered.size(),
              queues_->live_servers.size(), round->uncovered.front().HostPort());
  }
  round_ = *round;
}

Task<Status> LagProbe::Look() {
  CO_ASSIGN_OR_RETURN(const QueueReading reading, co_await ReadQueues());
  if (!is_closed()) watermark_.Look(reading);
  co_return absl::OkStatus();
}

Task<Status> LagProbe::LookAtTarget(Cluster* target) {
  std::vector<std::shared_ptr<Shown>> shown;
  std::vector<Task<void>> tasks;
  for (const auto& [server, row] : round_.beats) {
    shown.push_back(std::make_shared<Shown>());
    shown.back()->server = server;
    shown.back()->row = row;
    tasks.push_back(LookAt(target, parts_.heartbeat_table, shown.back()));
  }
  co_await RunAllUntil(std::move(tasks), After(kTargetPatience));
  const absl::Time seen_at = Now();
  std::vector<ArrivedBeat> arrived;
  for (const std::shared_ptr<Shown>& one : shown) {
    if (!one->cells.ok()) co_return Annotate(one->cells.status(), target->name());
    const auto beat = BeatIn(*one->cells);
    if (!beat) continue;
    arrived.push_back({one->server, beat->first.sent});
    stats_.Observed(one->server, beat->first.sent, beat->second, seen_at);
  }
  if (!is_closed() || !parts_.has_wal_groups) watermark_.Arrived(arrived, seen_at);
  co_return absl::OkStatus();
}

}  // namespace twinwatch
