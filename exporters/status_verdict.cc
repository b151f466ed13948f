#include "exporters/status_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "exporters/future_text.h"
#include "exporters/text_format.h"

namespace twinwatch {

std::string_view PeerState(const LinkStatus& link) {
  if (!link.peer_enabled) return "UNKNOWN";
  return *link.peer_enabled ? "ENABLED" : "DISABLED";
}

bool IsRed(const LinkSnapshot& link, absl::Time now) {
  return IsRed(link.status) || TablesOfTheFuture(link, now) > 0;
}

bool IsUnknown(const LinkSnapshot& link, absl::Time now) {
  if (IsRed(link, now)) return false;
  return link.status.state == QueueState::kUnknown ||
         std::any_of(link.status.queues.begin(), link.status.queues.end(),
                     [](const QueueStatus& q) { return q.state == QueueState::kUnknown; });
}

std::string StatusVerdict(const std::vector<LinkSnapshot>& links, absl::Time now, bool colour) {
  size_t queues = 0;
  std::map<QueueState, size_t> count;
  bool red = false;
  bool no_queues = links.empty();
  size_t of_the_future = 0;
  for (const LinkSnapshot& link : links) {
    queues += link.status.queues.size();
    no_queues |= link.status.queues.empty();
    red |= IsRed(link.status);
    of_the_future += TablesOfTheFuture(link, now);
    for (const QueueStatus& queue : link.status.queues) ++count[queue.state];
    if (link.status.queues.empty() && !link.status.peer_enabled.value_or(true))
      ++count[QueueState::kDisabled];
  }
  constexpr std::array kRed = {std::pair{QueueState::kStalled, "STALLED"},
                               std::pair{QueueState::kRewound, "REWOUND"},
                               std::pair{QueueState::kDisabled, "DISABLED"}};
  for (const auto& [state, word] : kRed) {
    if (count[state] == 0) continue;
    return Coloured(
        fmt::format("{}: {} of {}", word, count[state], Plural(queues, "queue", "queues")),
        Colour::kRed, colour);
  }
  for (const LinkSnapshot& link : links) {
    if (!link.status.missing_wals || link.status.missing_wals->empty()) continue;
    return Coloured(fmt::format("MISSING: {} in none of their folders",
                                Plural(link.status.missing_wals->size(), "WAL", "WALs")),
                    Colour::kRed, colour);
  }
  for (const LinkSnapshot& link : links) {
    if (link.status.hfiles.gone.value_or(0) == 0) continue;
    return Coloured(fmt::format("GONE: {} to be replicated",
                                Plural(*link.status.hfiles.gone, "bulk-loaded file that was",
                                       "bulk-loaded files that were")),
                    Colour::kRed, colour);
  }
  if (red) return Coloured("ORPHANS: queues of peers that do not exist", Colour::kRed, colour);
  if (of_the_future > 0) {
    return Coloured(
        fmt::format("FUTURE: {} of the target {} cells of the future",
                    Plural(of_the_future, "table", "tables"), of_the_future == 1 ? "has" : "have"),
        Colour::kRed, colour);
  }
  if (no_queues) return Coloured("UNKNOWN: there are no queues", Colour::kYellow, colour);
  if (count[QueueState::kUnknown] > 0) {
    return Coloured(fmt::format("UNKNOWN: {} of {}", count[QueueState::kUnknown],
                                Plural(queues, "queue", "queues")),
                    Colour::kYellow, colour);
  }
  return Coloured(
      fmt::format("OK: {}", Plural(queues, "queue moves or is idle", "queues move or are idle")),
      Colour::kGreen, colour);
}

}  // namespace twinwatch
