// The watermark: every edit written on the source before it is on the target. No I/O, no clock.
//
// Each server that has written something is a member: the live ones, and those whose WALs are
// queued still. What a member wrote until a round of heartbeats was sent is on the target
//
//   - when the readers of its WALs have passed the lengths that these had after its beat was
//     answered; or
//   - where lengths are not known: when a beat has arrived that was sent after an earlier one had
//     been seen there, and neither servers, queues nor the peer changed in between. The earlier
//     beat's time counts (one beat alone proves nothing: a batch is applied in any order).
//
// A beat speaks of its own WAL group only: the second rule is not for servers that have several.
//
// Where ZooKeeper is closed to us the second rule is all there is, and closed_watch.h says which
// dead servers are members still, and whether the peer changed.
//
// The watermark is the smallest of the members' times. It never goes back, unless the peer was
// removed and added again. A server that was not known before has nothing older than the watermark
// that is not counted already, so it begins there.
#pragma once

#include <absl/container/inlined_vector.h>
#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/core/server_name.h"
#include "probes/replication/heartbeat.h"
#include "probes/replication/link_reading.h"
#include "probes/replication/rules/wal_places.h"

namespace twinwatch {

// One round, in the order in which it happened: `sent` was taken, the servers were asked for, the
// beats were sent and answered, the queues were read, the lengths of their WALs were measured.
struct Pulse {
  absl::Time sent;
  std::vector<ServerName> live;
  std::set<ServerName> beaten;  // who has answered its beat
  QueueReading queues;
  WalLengths lengths;  // empty where nobody knows them
};

// One look at servers and peer where queues and positions cannot be read.
struct ClosedPulse {
  absl::Time at;  // before anything was asked
  std::vector<ServerName> live;
  std::map<ServerName, std::string> dead;      // members still, and why
  std::map<ServerName, std::string> beatless;  // live, without a beat in the round, and why
  PeerStamp stamp;                             // `created` 0: not known
};

// A beat as the target shows it.
struct ArrivedBeat {
  ServerName server;
  absl::Time sent;
};

// How old the watermark gets at most while all is well, busy or idle: a beat, what its reader may
// sleep, and as long again until it is seen.
absl::Duration HealthyLag(absl::Duration heartbeat_interval, absl::Duration sleep_for_retries);

class Watermark {
 public:
  // What outlives the process.
  struct Kept {
    int64_t peer_created = 0;  // PeerStamp::created; 0: ZooKeeper has never shown it
    absl::Time at;

    bool operator==(const Kept&) const = default;
  };

  struct Holder {
    ServerName server;
    std::optional<absl::Time> until;  // none: nothing is known of it
    std::string why;
  };

  // Ten megabytes: an hour of forty servers.
  static constexpr size_t kRounds = 150'000;

  // So many rounds that have not arrived are kept, of all servers together; in a backlog that is
  // longer the times between them grow.
  explicit Watermark(std::optional<Kept> kept = std::nullopt, size_t rounds_of_all = kRounds)
      : kept_(kept), rounds_of_all_(rounds_of_all) {}

  void Learn(const Pulse& pulse);
  // Instead, where the queues cannot be read; a look between rounds too.
  void LearnClosed(const ClosedPulse& pulse);
  // The queues were read once more.
  void Look(const QueueReading& reading);
  // What the target showed; it had answered by `seen_at`.
  void Arrived(const std::vector<ArrivedBeat>& beats, absl::Time seen_at);

  // None: not known.
  std::optional<absl::Time> at() const;
  const std::optional<Kept>& kept() const { return kept_; }
  // Who is behind all others, or of whom nothing is known. None before the first round.
  std::optional<Holder> Behind() const;
  // How often a reader was seen going back: what it ships then arrives twice.
  uint64_t rewinds() const { return rewinds_; }

 private:
  // Kept by the thousand: names of groups are the member's.
  struct End {
    uint32_t group = 0;
    WalPlace place;
  };
  struct Round {
    absl::Time sent;
    absl::InlinedVector<End, 1> ends;
  };
  struct Seen {
    absl::Time sent;
    absl::Time seen_at;
  };
  struct Member {
    std::optional<absl::Time> until;  // all that it wrote before is on the target
    std::deque<Round> rounds;         // oldest first; their ends are not passed
    std::deque<Seen> seen;            // beats that wait for one that was sent after they were seen
    std::deque<Seen> proven;          // wait for a round that shows that nothing had changed
    WalPlaces readers;
    std::vector<std::string> groups;
    std::string why_not;  // why the last round can not be proven by positions; empty: it can

    void Pass(absl::Time time) { until = std::max(until.value_or(time), time); }
    Round ToRound(absl::Time sent, const WalPlaces& ends);
    // Whether readers that are at `now` have passed it.
    bool IsPassed(const Round& round, const WalPlaces& now) const;
  };

  // False: there is no such peer (any more).
  bool IsOurPeer(const QueueReading& reading);
  // What was noted by a clock that has gone back since is worth nothing.
  void ForgetTheFuture(absl::Time now);
  // Whether a reader can be where its position says.
  bool IsPlausible(const ServersWals& wals) const;
  void NoteEpoch(HeartbeatEpoch epoch, absl::Time sent);
  void NoteRound(const Pulse& pulse, const std::map<ServerName, ServersWals>& wals);
  size_t RoundsOfOne() const;
  void FollowReaders(const std::map<ServerName, ServersWals>& wals);
  void Advance();

  std::optional<Kept> kept_;
  size_t rounds_of_all_;
  std::optional<int64_t> peer_created_;
  std::map<ServerName, Member> members_;
  std::set<ServerName> live_;
  std::map<std::string, uint64_t> bytes_;  // of WALs of which something was shipped
  HeartbeatEpoch epoch_;
  absl::Time epoch_since_ = absl::InfiniteFuture();  // beats that were sent before are void
  uint64_t rewinds_ = 0;
  bool is_closed_ = false;  // the last look could not read the queues
};

}  // namespace twinwatch
