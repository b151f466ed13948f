#include "probes/replication/rules/queue_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "probes/replication/rules/queue_standing.h"

namespace twinwatch {
namespace {

// Of a queue that stands still.
QueueJudgement JudgeStill(const Standing& standing, const LinkReading& reading,
                          std::optional<uint64_t> bytes, absl::Duration sleep_for_retries) {
  if (bytes && *bytes == 0) return {QueueState::kIdle, std::nullopt};
  for (const QueuedWal* wal : standing.wals) {
    if (IsMissing(reading.lengths, wal->name)) {
      return {QueueState::kUnknown,
              fmt::format("it stands still, and its WAL {} was not found", wal->name)};
    }
  }
  if (!bytes)
    return {QueueState::kUnknown, "it stands still, and the length of its WAL is not known"};
  const int64_t mtime_ms = standing.current().position_mtime_ms;
  const absl::Time still_since = absl::FromUnixMillis(std::max(mtime_ms, standing.second_begun_ms));
  const absl::Duration healthy = LongestRest(false, sleep_for_retries);
  if (mtime_ms > 0 && standing.second_begun_ms > 0 && reading.at - still_since > healthy) {
    return {
        QueueState::kStalled,
        fmt::format("it has not moved for {} while bytes wait",
                    absl::FormatDuration(absl::Trunc(reading.at - still_since, absl::Seconds(1))))};
  }
  return {QueueState::kUnknown,
          fmt::format("it stands still while bytes wait; a source that sleeps does so for up to {}",
                      absl::FormatDuration(healthy))};
}

QueueJudgement Judge(const Standing* before, const Standing& after, const LinkReading& reading,
                     std::optional<uint64_t> bytes, absl::Duration sleep_for_retries) {
  if (std::optional<QueueJudgement> at_once = JudgeAtOnce(after, reading))
    return *std::move(at_once);
  if (before == nullptr) {
    if (bytes && *bytes == 0) return {QueueState::kIdle, std::nullopt};
    return {QueueState::kUnknown, "it was not there at the first look"};
  }
  if (after.oldest_begun_ms > before->oldest_begun_ms) return {QueueState::kOk, std::nullopt};
  if (after.oldest_begun_ms < before->oldest_begun_ms) {
    return {QueueState::kRewound, "it reads an older WAL again"};
  }
  const uint64_t was = before->position();
  const uint64_t is = after.position();
  if (is > was) return {QueueState::kOk, std::nullopt};
  if (is < was)
    return {QueueState::kRewound, fmt::format("its position went back from {} to {}", was, is)};
  return JudgeStill(after, reading, bytes, sleep_for_retries);
}

}  // namespace

std::vector<QueueStatus> JudgeQueues(const LinkReading& before, const LinkReading& after,
                                     absl::Duration sleep_for_retries) {
  const std::map<GroupKey, Standing> first = Standings(before.queues);
  const std::map<GroupKey, Standing> second = Standings(after.queues);
  std::vector<QueueStatus> judged;
  for (const auto& [key, standing] : second) {
    const auto it = first.find(key);
    const std::optional<uint64_t> bytes = BytesOf(standing, after.lengths);
    QueueJudgement judgement =
        Judge(it == first.end() ? nullptr : &it->second, standing, after, bytes, sleep_for_retries);
    QueueStatus& status = judged.emplace_back(Shown(key, standing, bytes));
    status.state = judgement.state;
    status.why = std::move(judgement.why);
  }
  return judged;
}

std::optional<uint64_t> SumOfBytes(const std::vector<QueueStatus>& queues) {
  if (queues.empty()) return std::nullopt;
  uint64_t sum = 0;
  for (const QueueStatus& queue : queues) {
    if (!queue.bytes) return std::nullopt;
    sum += *queue.bytes;
  }
  return sum;
}

std::optional<std::vector<std::string>> MissingWals(const LinkReading& before,
                                                    const LinkReading& after) {
  std::set<std::string> missing;
  bool all_known = true;
  bool any_found = false;
  for (const WalQueue& queue : after.queues.queues) {
    for (const QueuedWal& wal : queue.wals) {
      any_found |= LengthOf(after.lengths, wal.name) != nullptr;
      if (!IsMissing(after.lengths, wal.name)) {
        all_known &= LengthOf(after.lengths, wal.name) != nullptr;
      } else if (IsMissing(before.lengths, wal.name)) {
        missing.insert(wal.name);
      } else {
        all_known = false;
      }
    }
  }
  // A live server has a WAL: where not one is found, other folders were looked into.
  if (!any_found && !missing.empty()) return std::nullopt;
  if (missing.empty() && !all_known) return std::nullopt;
  return std::vector<std::string>(missing.begin(), missing.end());
}

}  // namespace twinwatch
