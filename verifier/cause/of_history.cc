#include "verifier/cause/of_history.h"

#include <fmt/format.h>

#include "agent/core/utc.h"
#include "verifier/cause/hiding.h"

namespace twinwatch {
namespace {

struct TimeSpan {
  absl::Time oldest;
  absl::Time newest;
};

absl::Time TimeOf(uint64_t timestamp_ms) {
  return absl::FromUnixMillis(static_cast<int64_t>(timestamp_ms));
}

// Of what did not arrive: puts, and delete markers of what the target still shows. Where nothing is
// known to be missing, of what the target has too much.
std::optional<TimeSpan> SpanOf(const DriftCase& drift) {
  TimestampSpan missing;
  TimestampSpan shown;
  for (const TaggedCell& tagged : drift.source_cells) missing.Include(tagged.cell.timestamp_ms);
  for (const TaggedCell& tagged : drift.target_cells) {
    shown.Include(tagged.cell.timestamp_ms);
    if (!drift.source_raw) continue;
    for (const TaggedCell& ours : *drift.source_raw) {
      if (Hides(ours.cell, tagged.cell)) missing.Include(ours.cell.timestamp_ms);
    }
  }
  // Of `cells` the old version that the target shows may be part of it, from any time.
  const bool was_read = !drift.source_cells.empty() || !drift.target_cells.empty();
  if (!was_read && drift.drift_class != DriftClass::kCells) shown = drift.differing;
  const TimestampSpan& span = missing.oldest_ms <= missing.newest_ms ? missing : shown;
  if (span.oldest_ms > span.newest_ms) return std::nullopt;
  return TimeSpan{TimeOf(span.oldest_ms), TimeOf(span.newest_ms)};
}

std::string Described(const TimeSpan& span) {
  const std::string oldest = ToRfc3339(span.oldest);
  const std::string newest = ToRfc3339(span.newest);
  if (oldest == newest) return fmt::format("what differs was written at {}", oldest);
  return fmt::format("what differs was written from {} to {}", oldest, newest);
}

// When the peer was in `state` during the cells' span, if it was.
std::optional<Cause> PeerWas(const DriftCase& drift, PeerState state, CauseKind kind,
                             std::string_view cause, std::string_view word) {
  const std::optional<TimeSpan> span = SpanOf(drift);
  if (!span) return std::nullopt;
  const std::vector<PeerObservation>& history = drift.peer_history;
  for (size_t i = 0; i < history.size(); ++i) {
    if (history[i].state != state || history[i].at > span->newest) continue;
    // One that was observed last still holds.
    const bool ended = i + 1 < history.size();
    if (ended && history[i + 1].at <= span->oldest) continue;
    return Cause{
        kind, std::string(cause),
        fmt::format("the peer was {} from {}{}, and {}", word, ToRfc3339(history[i].at),
                    ended ? " to " + ToRfc3339(history[i + 1].at) : " on", Described(*span))};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Cause> WalLost(const DriftCase& drift) {
  const std::optional<TimeSpan> span = SpanOf(drift);
  if (!span) return std::nullopt;
  for (const LostWal& wal : drift.lost_wals) {
    if (wal.from > span->newest || wal.to < span->oldest) continue;
    return Cause{CauseKind::kWalLost, "a WAL was lost before it was replicated",
                 fmt::format("{} is gone, with edits of {} to {}, and {}", wal.name,
                             ToRfc3339(wal.from), ToRfc3339(wal.to), Described(*span))};
  }
  return std::nullopt;
}

std::optional<Cause> PeerRemoved(const DriftCase& drift) {
  return PeerWas(drift, PeerState::kRemoved, CauseKind::kPeerRemoved,
                 "written while the peer was removed: nothing was queued for it", "removed");
}

std::optional<Cause> BeforePeer(const DriftCase& drift) {
  const std::optional<TimeSpan> span = SpanOf(drift);
  if (!span || !drift.peer_created || !MayLackAtTarget(drift)) return std::nullopt;
  if (span->oldest >= *drift.peer_created) return std::nullopt;
  return Cause{CauseKind::kBeforePeer,
               "written before the peer existed, and not copied to the target since",
               fmt::format("the peer was added at {}, and {}", ToRfc3339(*drift.peer_created),
                           Described(*span))};
}

std::optional<Cause> PeerDisabled(const DriftCase& drift) {
  return PeerWas(drift, PeerState::kDisabled, CauseKind::kPeerDisabled,
                 "written while the peer was disabled", "disabled");
}

}  // namespace twinwatch
