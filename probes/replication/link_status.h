// What is known of one link at one moment, as plain values: judged by rules/, printed by exporters.
// What is not known is absent, never 0.
#pragma once

#include <absl/time/time.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace twinwatch {

enum class QueueState {
  kIdle,      // nothing waits
  kOk,        // moves
  kLagging,   // moves, and does not gain
  kStalled,   // stands still while bytes wait
  kRewound,   // went back
  kDisabled,  // its peer is
  kUnknown,
};

std::string_view ToString(QueueState state);

// One WAL group of one queue of one region server.
struct QueueStatus {
  std::string regionserver;  // host,port,startcode
  std::string queue;
  bool recovered = false;
  std::string group;
  QueueState state = QueueState::kUnknown;
  std::optional<std::string> why;
  uint64_t wals = 0;
  std::optional<uint64_t> bytes;
  std::string wal;  // the one that is read
  std::optional<uint64_t> position;
  std::optional<int64_t> oldest_ms;  // when the oldest WAL in the queue was begun
};

// HBase's own figures, the worst of all servers. Shown beside ours, never believed.
struct ReportedSummary {
  std::optional<uint64_t> lag_ms;  // none: HBase says UNKNOWN
  uint64_t age_of_last_shipped_ms = 0;
  uint64_t log_queue = 0;
  std::map<std::string, uint64_t> lag_ms_of = {};  // by region server, host:port; known ones

  bool operator==(const ReportedSummary&) const = default;
};

// Tables of the source, each counted once.
struct TableCounts {
  uint64_t replicated = 0;
  uint64_t unscoped = 0;  // the peer would take it; no family has a scope
  uint64_t excluded = 0;  // by the peer's lists
  uint64_t missing_on_target = 0;
  uint64_t schema_mismatch = 0;       // the target lacks a family
  std::vector<std::string> blocking;  // what the last two are, a sentence each
};

// What the audit of a peer's bulk-loaded files has found. Counts are of what could be looked at:
// there may be more. None: nothing bad was found, and not all could be looked at.
struct HFileFindings {
  std::optional<uint64_t> leaked;        // refs that nobody will ever take away
  std::optional<uint64_t> gone;          // files that wait for the peer and are nowhere
  std::vector<std::string> some_leaked;  // a few of them, by name
  std::vector<std::string> some_gone;
  std::optional<std::string> unknown;  // why some could not be looked at

  bool operator==(const HFileFindings&) const = default;
};

struct LinkStatus {
  std::string link;
  std::string source;
  std::string target;
  std::string peer;
  std::optional<bool> peer_enabled;
  QueueState state = QueueState::kUnknown;  // kIdle is not used: a link of idle queues is ok
  std::optional<std::string> why;
  std::vector<QueueStatus> queues;
  std::optional<uint64_t> recovered_queues;
  std::optional<std::vector<std::string>> orphan_queues;
  std::optional<uint64_t> backlog_bytes;
  // Queued, and in none of their folders. Those that are known when the rest is not; none when none
  // is.
  std::optional<std::vector<std::string>> missing_wals;
  std::optional<std::string> lengths_unknown;  // why the length of some WAL is not known
  std::optional<uint64_t> hfile_refs;
  HFileFindings hfiles;  // as of the last audit
  std::optional<ReportedSummary> reported;
  // Every edit that was written before it is on the target; the agent's clock.
  std::optional<absl::Time> watermark;
  std::optional<std::string> held_by;  // the region server that holds it back
  std::optional<std::string> held_why;
  std::optional<std::string> no_heartbeats;  // why some or all are not written
  std::optional<absl::Duration> time_to_drain;
  std::optional<uint64_t> retained_wal_bytes;  // that only this peer keeps
  std::optional<absl::Duration> runway;  // until they fill the space; none while nothing grows
  std::optional<TableCounts> tables;     // none when not both sides could be asked

  // How old the watermark is. One that lies in the future was made by a clock that is not ours.
  std::optional<absl::Duration> Lag(absl::Time now) const {
    if (!watermark || *watermark > now + absl::Seconds(1)) return std::nullopt;
    return std::max(now - *watermark, absl::ZeroDuration());
  }
};

// How many there are, where that is known.
inline std::optional<uint64_t> SizeOf(const std::optional<std::vector<std::string>>& names) {
  if (!names) return std::nullopt;
  return names->size();
}

// Something is wrong that waiting does not mend: a queue stalled or rewound, a peer disabled, a
// queue of a peer that is gone, a WAL or a bulk-loaded file that is nowhere.
bool IsRed(const LinkStatus& link);

}  // namespace twinwatch
