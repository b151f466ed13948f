#include "probes/replication/rules/link_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace twinwatch {

namespace {

void JudgeQueuesOf(LinkStatus* link) {
  if (!link->peer_enabled.value_or(true)) {
    link->state = QueueState::kDisabled;
    link->why = fmt::format("peer {} is disabled", link->peer);
    return;
  }
  if (link->queues.empty()) {
    link->state = QueueState::kUnknown;
    link->why = fmt::format("no region server has a queue for peer {}", link->peer);
    return;
  }
  // The worst first. A queue that went back still moves: for the link that is as much as stalled.
  constexpr std::array kWorstFirst = {QueueState::kStalled, QueueState::kRewound,
                                      QueueState::kUnknown, QueueState::kLagging,
                                      QueueState::kOk,      QueueState::kIdle};
  for (const QueueState state : kWorstFirst) {
    const auto of_state = [state](const QueueStatus& queue) { return queue.state == state; };
    const auto count = std::count_if(link->queues.begin(), link->queues.end(), of_state);
    if (count == 0) continue;
    link->state = state == QueueState::kRewound ? QueueState::kStalled
                  : state == QueueState::kIdle  ? QueueState::kOk
                                                : state;
    const QueueStatus& first = *std::find_if(link->queues.begin(), link->queues.end(), of_state);
    if (first.why) {
      link->why = fmt::format("{} of {} queues {}: {}", count, link->queues.size(), ToString(state),
                              *first.why);
    }
    return;
  }
}

}  // namespace

void JudgeLink(LinkStatus* link) {
  JudgeQueuesOf(link);
  if (!link->why && link->missing_wals && !link->missing_wals->empty()) {
    link->why = fmt::format("{} queued WALs are in none of their folders: edits are likely lost",
                            link->missing_wals->size());
  }
}

// As HBase sends what it shows as UNKNOWN: Long.MAX_VALUE.
constexpr uint64_t kUnknownLag = INT64_MAX;

std::optional<ReportedSummary> Summarize(const std::vector<ReportedLoad>& loads,
                                         const std::string& peer_id) {
  std::optional<ReportedSummary> summary;
  for (const ReportedLoad& load : loads) {
    if (load.peer_id != peer_id) continue;
    if (!summary) summary.emplace();
    if (load.lag_ms < kUnknownLag) {
      summary->lag_ms = std::max(summary->lag_ms.value_or(0), load.lag_ms);
      uint64_t& of_server = summary->lag_ms_of[load.server.HostPort()];
      of_server = std::max(of_server, load.lag_ms);
    }
    summary->age_of_last_shipped_ms =
        std::max(summary->age_of_last_shipped_ms, load.age_of_last_shipped_ms);
    summary->log_queue += load.log_queue;
  }
  return summary;
}

}  // namespace twinwatch
