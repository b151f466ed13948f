// What the watermark has to know of a peer and of servers, where ZooKeeper's replication znodes are
// closed to us: whether sources were made anew, and which dead servers may have left something that
// is not on the target. From what the master says. No I/O, no clock.
//
// *Sources* are made anew, and begin at position 0, when the peer is changed. Each such change is a
// procedure of the master, which it shows for minutes after its end: a peer that was disabled and
// enabled between two looks is seen all the same. `stamp` changes with each.
//
// *A dead server* is a member until it is proven that nothing of it is queued. From HBase 2.5 on
// the master hands on all its queues before the procedure for its death ends, and each server
// reports the queues that were handed to it until it has shipped them. So nothing is queued when no
// procedure for a death runs, and after that every live server has reported twice (the first report
// may have been made before) and none names it, and all of these servers still live afterwards.
// That holds for a queue that is empty, and for one that came and went unseen. HBase 2.4 has no
// such procedure: there an operator has to say so (a waiver).
//
// *Lives that nobody saw*: servers that have begun and died while nobody looked, or before anybody
// did. The master lists its dead servers, but forgets them when it is started anew, or when a
// server begins at the same address. Where that can have happened `kEarlierServers` is a dead
// server too.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/core/server_name.h"
#include "probes/api/cluster.h"
#include "probes/api/replication.h"

namespace twinwatch {

// Stands for all dead servers whose names nobody knows.
extern const ServerName kEarlierServers;
// As operators write it; else host,port,startcode.
std::string MemberText(const ServerName& member);

// As `held_by` has it.
std::string HolderText(const ServerName& member);

// One look, in the order in which it was asked.
struct ClosedLook {
  absl::Time at;  // before anything was asked
  ClusterInfo cluster;
  Peer peer;
  std::vector<MasterProcedure> procedures;
  // Only where WantsReports() says so.
  struct Reports {
    std::vector<ServerReport> servers;
    std::vector<ReportedLoad> loads;  // of the peer; asked for after `servers`
  };
  std::optional<Reports> reports;
};

// What outlives the process.
struct ClosedMembers {
  struct Member {
    bool lives = true;
    bool is_shown = false;  // HBase shows what becomes of its queues when it dies
    bool is_waived = false;
    absl::Time since;  // known to be live, or dead

    bool operator==(const Member&) const = default;
  };

  absl::Time seen;  // the last look
  ServerName master;
  std::map<ServerName, Member> members;
};

class ClosedWatch {
 public:
  // A gap between two looks in which no server can begin, be written to, die and begin again.
  static constexpr absl::Duration kWatched = absl::Seconds(10);
  // The master shows what has changed a peer for longer than that.
  static constexpr absl::Duration kShown = absl::Minutes(1);
  // A server that has left the master's list has its procedure by then.
  static constexpr absl::Duration kCrashIsShown = absl::Seconds(30);

  explicit ClosedWatch(std::optional<ClosedMembers> kept = std::nullopt);

  void Learn(const ClosedLook& look);
  // An operator says that it has left nothing. What is not known, lives, or began to be in doubt
  // after `at` stays.
  void Waive(const ServerName& member, absl::Time at);

  // Whether the next look needs reports.
  bool WantsReports() const;
  // Changes when sources may have been made anew. `created` is 0: that is not known.
  const PeerStamp& stamp() const { return stamp_; }
  // The dead that may have left something, and what is waited for.
  std::map<ServerName, std::string> Dead() const;
  std::vector<ServerName> Waived() const;
  ClosedMembers kept() const;

 private:
  struct Reported {
    int64_t made_ms = 0;
    int times = 0;
  };
  struct Member : ClosedMembers::Member {
    bool crash_seen = false;                  // its procedure
    bool crash_cut = false;                   // by an operator: its queues may belong to nobody
    std::optional<absl::Time> quiet_since;    // no death was worked on, and nobody named it
    std::map<ServerName, Reported> reported;  // meanwhile
    bool is_clean = false;                    // it needs but one more quiet look
    std::optional<ServerName> shipped_by;     // who named it last
  };

  void LearnMaster(const ClosedLook& look);
  void LearnServers(const ClosedLook& look);
  void LearnProcedures(const ClosedLook& look);
  void LearnReports(const ClosedLook& look);
  // Whether servers may have lived since the look before without being seen.
  bool MayHaveMissedOne(const ClosedLook& look) const;
  Member& AddDead(const ServerName& server, absl::Time now);
  void BeginAnew();  // what was quiet is not
  // HBase shows what becomes of its queues.
  bool CanBeProven(const Member& member) const {
    return member.is_shown && master_shows_ && !member.crash_cut;
  }
  std::string WhyHeld(const ServerName& server, const Member& member) const;

  std::map<ServerName, Member> members_;
  std::set<ServerName> known_dead_;  // as the master listed them last
  std::set<uint64_t> known_ended_;   // procedures
  std::optional<absl::Time> last_;   // look
  bool is_recalled_ = false;         // no look in this process yet, but one before
  ServerName master_;
  bool master_shows_ = false;  // see is_shown
  std::string version_;
  bool death_is_worked_on_ = false;
  PeerStamp stamp_;
};

}  // namespace twinwatch
