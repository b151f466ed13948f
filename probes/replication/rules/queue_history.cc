#include "probes/replication/rules/queue_history.h"

#include <algorithm>
#include <utility>

#include "agent/core/server_name.h"

namespace twinwatch {
namespace {

constexpr size_t kWindow = 10;  // readings
constexpr absl::Duration kPaceOver = absl::Minutes(1);
std::string Seconds(absl::Duration time) {
  return absl::FormatDuration(absl::Trunc(time, absl::Seconds(1)));
}

// More waits at each reading than at the one before, or as much.
bool NeverGains(const std::deque<uint64_t>& waiting) {
  return waiting.size() >= kWindow && waiting.back() > waiting.front() &&
         std::is_sorted(waiting.begin(), waiting.end());
}

}  // namespace

void QueueHistory::Learn(LinkReading reading) {
  const std::map<GroupKey, Standing> standings = Standings(reading.queues);
  std::erase_if(tracks_, [&](const auto& entry) { return !standings.contains(entry.first); });
  std::optional<uint64_t> sum = 0;
  for (const auto& [key, standing] : standings) {
    const WalPlace place = {standing.oldest_begun_ms, standing.position()};
    const auto [it, is_new] = tracks_.try_emplace(key);
    Track& track = it->second;
    if (is_new) {
      track.place = track.furthest = place;
      track.moved_at = track.nothing_waited_at = reading.at;
    }
    if (place > track.place) {
      track.moved_at = reading.at;
      track.has_moved = true;
    }
    track.place = place;
    track.furthest = std::max(track.furthest, place);
    const std::optional<uint64_t> bytes = BytesOf(standing, reading.lengths);
    if (!bytes) {
      track.waiting.clear();
      sum.reset();
      continue;
    }
    if (sum) *sum += *bytes;
    if (*bytes == 0) track.nothing_waited_at = reading.at;
    track.waiting.push_back(*bytes);
    if (track.waiting.size() > kWindow) track.waiting.pop_front();
  }
  if (sum && !standings.empty()) {
    backlog_.push_back({reading.at, *sum});
  } else {
    backlog_.clear();
  }
  while (!backlog_.empty() && reading.at - backlog_.front().at > kPaceOver) backlog_.pop_front();
  last_ = std::move(reading);
}

std::vector<QueueStatus> QueueHistory::Judge(absl::Duration longest_rest) const {
  std::vector<QueueStatus> judged;
  if (!last_) return judged;
  for (const auto& [key, standing] : Standings(last_->queues)) {
    const std::optional<uint64_t> bytes = BytesOf(standing, last_->lengths);
    QueueJudgement judgement = JudgeOne(standing, tracks_.at(key), bytes, longest_rest);
    QueueStatus& status = judged.emplace_back(Shown(key, standing, bytes));
    status.state = judgement.state;
    status.why = std::move(judgement.why);
  }
  return judged;
}

QueueJudgement QueueHistory::JudgeOne(const Standing& standing, const Track& track,
                                      std::optional<uint64_t> bytes,
                                      absl::Duration longest_rest) const {
  if (std::optional<QueueJudgement> at_once = JudgeAtOnce(standing, *last_))
    return *std::move(at_once);
  if (track.place < track.furthest) {
    if (track.place.begun_ms < track.furthest.begun_ms)
      return {QueueState::kRewound, "it reads an older WAL again"};
    return {QueueState::kRewound, fmt::format("its position went back from {} to {}",
                                              track.furthest.position, track.place.position)};
  }
  const absl::Duration still = last_->at - track.moved_at;
  const bool moves = track.has_moved && still <= kWindow * absl::Seconds(1);
  if (moves && NeverGains(track.waiting)) {
    return {QueueState::kLagging, fmt::format("more and more waits: {} bytes", *bytes)};
  }
  if (moves) return {QueueState::kOk, std::nullopt};
  if (bytes && *bytes == 0) return {QueueState::kIdle, std::nullopt};
  for (const QueuedWal* wal : standing.wals) {
    if (!IsMissing(last_->lengths, wal->name)) continue;
    return {QueueState::kUnknown,
            fmt::format("it stands still, and its WAL {} was not found", wal->name)};
  }
  if (!bytes)
    return {QueueState::kUnknown, "it stands still, and the length of its WAL is not known"};
  const absl::Duration waits = last_->at - std::max(track.moved_at, track.nothing_waited_at);
  std::string why = fmt::format("it has not moved for {} while bytes wait", Seconds(waits));
  return {waits > longest_rest ? QueueState::kStalled : QueueState::kLagging, std::move(why)};
}

std::optional<absl::Duration> QueueHistory::TimeToDrain() const {
  if (backlog_.empty()) return std::nullopt;
  const Backlog& now = backlog_.back();
  if (now.bytes == 0) return absl::ZeroDuration();
  const Backlog& then = backlog_.front();
  if (then.bytes <= now.bytes || backlog_.size() < kWindow) return std::nullopt;
  const double per_second =
      static_cast<double>(then.bytes - now.bytes) / absl::ToDoubleSeconds(now.at - then.at);
  return absl::Seconds(static_cast<double>(now.bytes) / per_second);
}

std::map<std::string, absl::Time> QueueHistory::LastMoves() const {
  std::map<std::string, absl::Time> moves;
  for (const auto& [key, track] : tracks_) {
    const StatusOr<ServerName> server = ServerName::Parse(std::get<0>(key));
    if (!server.ok()) continue;
    const auto [it, is_new] = moves.emplace(server->HostPort(), track.moved_at);
    if (!is_new) it->second = std::max(it->second, track.moved_at);
  }
  return moves;
}

}  // namespace twinwatch
