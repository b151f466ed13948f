// A peer's queues as the agent watches them: what each has done over its last readings, and what
// state that is. No I/O, no clock; no thresholds on amounts.
//
//   disabled   its peer is
//   unknown    nobody reads it, its place is none, or it stands still and its length is not known
//   rewound    it went back, and has not come again to where it was
//   ok         it moves
//   lagging    it moves, and more waits at every one of ten readings; or it stands still for a
//              while in which a healthy source may
//   stalled    it stands still while bytes wait, for longer than any healthy source does
//   idle       nothing waits, and nothing moves
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probes/replication/link_reading.h"
#include "probes/replication/link_status.h"
#include "probes/replication/rules/queue_standing.h"
#include "probes/replication/rules/wal_places.h"

namespace twinwatch {

class QueueHistory {
 public:
  // Readings of one peer, in the order in which they were made.
  void Learn(LinkReading reading);

  // As of the last reading. Empty before the first. `longest_rest` is LongestRest.
  std::vector<QueueStatus> Judge(absl::Duration longest_rest) const;

  // Until nothing waits, at the pace of the last minute: 0 when nothing does, none when it does not
  // get less, or is not known.
  std::optional<absl::Duration> TimeToDrain() const;

  // When the reader of each region server (host:port) last went forward; of one that never did,
  // when it was first seen.
  std::map<std::string, absl::Time> LastMoves() const;

  const std::optional<LinkReading>& last() const { return last_; }

 private:
  struct Track {
    WalPlace place, furthest;
    absl::Time moved_at;  // or when it was first seen
    bool has_moved = false;
    // Of its last readings, newest last; since the first one of which they are known.
    std::deque<uint64_t> waiting;
    absl::Time nothing_waited_at;  // at the latest
  };
  struct Backlog {
    absl::Time at;
    uint64_t bytes;
  };

  QueueJudgement JudgeOne(const Standing& standing, const Track& track,
                          std::optional<uint64_t> bytes, absl::Duration longest_rest) const;

  std::optional<LinkReading> last_;
  std::map<GroupKey, Track> tracks_;
  std::deque<Backlog> backlog_;  // of the last minute
};

}  // namespace twinwatch
