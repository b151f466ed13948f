#include "probes/replication/rules/closed_watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace twinwatch {
namespace {

// Reports that have to come after a moment so that the last was made after it.
constexpr int kReports = 2;
// By how much the clocks of servers and ours may differ.
constexpr absl::Duration kSkew = absl::Minutes(10);

bool ShowsWhatBecomesOfQueues(const std::string& version) { return !version.starts_with("2.4."); }

// Of all that makes new sources when it changes, but the state.
int64_t Fingerprint(const Peer& peer) {
  // FNV-1a: it goes into heartbeats, so it must be the same in every process.
  uint64_t hash = 14695981039346656037u;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    hash = (hash ^ 0xffu) * 1099511628211u;
  };
  const auto add_tables = [&add](const Peer::TableFamilies& tables) {
    for (const auto& [table, families] : tables) {
      add(table.ToString());
      for (const std::string& family : families) add(family);
      add("");
    }
    add("");
  };
  add(peer.cluster_key);
  add(peer.endpoint);
  add(peer.replicate_all ? "all" : "some");
  add(peer.serial ? "serial" : "");
  add_tables(peer.tables);
  for (const std::string& ns : peer.namespaces) add(ns);
  add("");
  add_tables(peer.excluded_tables);
  for (const std::string& ns : peer.excluded_namespaces) add(ns);
  return static_cast<int64_t>(hash >> 1);
}

std::string WaiveCommand(const ServerName& member) {
  return fmt::format("twinwatch lag --waive-server {} --reason TEXT", MemberText(member));
}

bool Contains(const std::vector<ServerName>& servers, const ServerName& server) {
  return std::find(servers.begin(), servers.end(), server) != servers.end();
}

}  // namespace

const ServerName kEarlierServers;

std::string MemberText(const ServerName& member) {
  return member == kEarlierServers ? "earlier" : member.ToString();
}

std::string HolderText(const ServerName& member) {
  return member == kEarlierServers ? "earlier servers" : member.ToString();
}

ClosedWatch::ClosedWatch(std::optional<ClosedMembers> kept) {
  if (!kept) return;
  is_recalled_ = true;
  last_ = kept->seen;
  master_ = kept->master;
  for (const auto& [server, member] : kept->members)
    static_cast<ClosedMembers::Member&>(members_[server]) = member;
}

void ClosedWatch::Learn(const ClosedLook& look) {
  version_ = look.cluster.hbase_version;
  master_shows_ = ShowsWhatBecomesOfQueues(version_);
  if (MayHaveMissedOne(look)) {
    BeginAnew();
    Member& earlier = AddDead(kEarlierServers, look.at);
    earlier.since = look.at;
    earlier.is_waived = false;
    earlier.is_shown = master_shows_;
  }
  LearnMaster(look);
  LearnServers(look);
  LearnProcedures(look);
  // What the master lists as dead would be news after a restart of ours.
  std::erase_if(members_, [this](const auto& entry) {
    const auto& [server, member] = entry;
    return member.is_clean ||
           (member.is_waived && !CanBeProven(member) && !known_dead_.contains(server));
  });
  if (look.reports) LearnReports(look);
  last_ = look.at;
  is_recalled_ = false;
}

bool ClosedWatch::MayHaveMissedOne(const ClosedLook& look) const {
  if (!last_ || look.at < *last_) return true;
  if (look.at - *last_ <= kWatched) return false;
  // Its list of dead servers names all that have died since, but those after which another has
  // begun at the same address.
  return look.cluster.master != master_ ||
         !std::all_of(look.cluster.live_servers.begin(), look.cluster.live_servers.end(),
                      [this](const ServerName& server) {
                        const auto it = members_.find(server);
                        return it != members_.end() && it->second.lives;
                      });
}

void ClosedWatch::LearnMaster(const ClosedLook& look) {
  stamp_.config = Fingerprint(look.peer);
  // Twice as many states as changes: the lowest bit is the peer's.
  const bool may_have_forgotten = !last_ || is_recalled_ || look.at - *last_ > kShown;
  int64_t changes = stamp_.state >> 1;
  if (may_have_forgotten || look.cluster.master != master_) ++changes;
  stamp_.state = changes << 1 | int64_t{look.peer.enabled};
  for (const ServerName& dead : look.cluster.dead_servers) {
    if (known_dead_.contains(dead) || members_.contains(dead)) continue;
    // Without memory kEarlierServers stands for it. Else it began and died between two looks.
    const absl::Time begun = absl::FromUnixMillis(static_cast<int64_t>(dead.start_code));
    if (last_ && (!is_recalled_ || begun > *last_ - kSkew)) AddDead(dead, look.at);
  }
  known_dead_ = {look.cluster.dead_servers.begin(), look.cluster.dead_servers.end()};
  master_ = look.cluster.master;
}

void ClosedWatch::LearnServers(const ClosedLook& look) {
  bool has_changed = false;
  for (const ServerName& server : look.cluster.live_servers) {
    if (server == kEarlierServers) continue;  // a name that is none
    const auto [it, is_new] = members_.try_emplace(server);
    Member& member = it->second;
    has_changed |= is_new || !member.lives;
    if (!is_new && member.lives) continue;
    const bool is_shown = is_new ? master_shows_ : member.is_shown;
    member = Member();
    member.is_shown = is_shown;
    member.since = look.at;
  }
  for (auto& [server, member] : members_) {
    if (!member.lives || Contains(look.cluster.live_servers, server)) continue;
    member.lives = false;
    member.since = look.at;
    has_changed = true;
  }
  if (has_changed) BeginAnew();
}

void ClosedWatch::LearnProcedures(const ClosedLook& look) {
  std::set<uint64_t> known;
  bool peer_changed = false;
  bool death_was_seen = death_is_worked_on_ = false;
  for (const MasterProcedure& procedure : look.procedures) {
    // One that ran at the look before has done its work since, or does.
    const bool is_news = !procedure.has_ended || !known_ended_.contains(procedure.id);
    if (procedure.has_ended) known.insert(procedure.id);
    if (!procedure.crashed || *procedure.crashed == kEarlierServers) {
      peer_changed |= is_news;
      continue;
    }
    death_was_seen |= is_news;
    death_is_worked_on_ |= !procedure.has_ended;
    const ServerName& dead = *procedure.crashed;
    if (!members_.contains(dead) && !procedure.has_ended) AddDead(dead, look.at);
    const auto it = members_.find(dead);
    if (it == members_.end()) continue;
    it->second.crash_seen = true;
    it->second.crash_cut |= procedure.was_bypassed;
  }
  if (peer_changed) stamp_.state += 2;
  if (peer_changed || death_was_seen) BeginAnew();
  known_ended_ = std::move(known);
}

void ClosedWatch::LearnReports(const ClosedLook& look) {
  const std::vector<ServerName>& live = look.cluster.live_servers;
  std::set<ServerName> without_source(live.begin(), live.end());
  bool is_understood = true;
  for (const ReportedLoad& load : look.reports->loads) {
    if (!load.recovered && load.dead_servers.empty()) without_source.erase(load.server);
    if (load.recovered && load.dead_servers.empty()) is_understood = false;
    for (const ServerName& dead : load.dead_servers) {
      Member& member = AddDead(dead, look.at);
      member.shipped_by = load.server;
      member.quiet_since.reset();
    }
  }
  for (auto& [server, member] : members_) {
    if (member.lives || !CanBeProven(member)) continue;
    const bool is_named = std::any_of(
        look.reports->loads.begin(), look.reports->loads.end(),
        [&name = server](const ReportedLoad& load) { return Contains(load.dead_servers, name); });
    if (is_named || !is_understood || death_is_worked_on_) {
      member.quiet_since.reset();
      member.reported.clear();
      continue;
    }
    member.shipped_by.reset();
    const bool begins = !member.quiet_since;
    if (begins) member.quiet_since = look.at;
    for (const ServerReport& report : look.reports->servers) {
      const auto [it, is_first] = member.reported.try_emplace(report.server);
      if (!is_first && it->second.made_ms != report.made_ms) ++it->second.times;
      it->second.made_ms = report.made_ms;
    }
    const bool have_reported =
        std::all_of(live.begin(), live.end(), [&m = member](const auto& one) {
          const auto it = m.reported.find(one);
          return it != m.reported.end() && it->second.times >= kReports;
        });
    const bool crash_would_show =
        member.crash_seen || look.at - *member.quiet_since >= kCrashIsShown;
    member.is_clean = have_reported && without_source.empty() && crash_would_show && !live.empty();
  }
}

ClosedWatch::Member& ClosedWatch::AddDead(const ServerName& server, absl::Time now) {
  const auto [it, is_new] = members_.try_emplace(server);
  if (is_new) {
    it->second.lives = false;
    it->second.is_shown = master_shows_;
    it->second.since = now;
  }
  return it->second;
}

void ClosedWatch::BeginAnew() {
  for (auto& [server, member] : members_) {
    member.quiet_since.reset();
    member.reported.clear();
    member.is_clean = false;
  }
}

void ClosedWatch::Waive(const ServerName& server, absl::Time at) {
  const auto it = members_.find(server);
  if (it != members_.end() && !it->second.lives && at >= it->second.since)
    it->second.is_waived = true;
}

bool ClosedWatch::WantsReports() const {
  return std::any_of(members_.begin(), members_.end(), [this](const auto& entry) {
    const Member& member = entry.second;
    return !member.lives && CanBeProven(member);
  });
}

std::string ClosedWatch::WhyHeld(const ServerName& server, const Member& member) const {
  const bool is_earlier = server == kEarlierServers;
  if (CanBeProven(member)) {
    if (member.shipped_by)
      return fmt::format("it is dead, and {} still ships what it left",
                         member.shipped_by->HostPort());
    if (death_is_worked_on_)
      return is_earlier ? "the master still hands on the queues of a dead server"
                        : "it is dead, and the master still hands on queues of dead servers";
    return is_earlier
               ? "servers may have died unseen: until every server has reported twice, it is "
                 "not known that they have left nothing"
               : "it is dead: until every server has reported twice, it is not known that it "
                 "has left nothing";
  }
  const std::string who = is_earlier ? std::string(
                                           "servers may have died unseen, and what became of "
                                           "their queues")
                                     : std::string("it is dead, and what became of its queue");
  const std::string cause = member.crash_cut
                                ? "an operator has cut short what the master does about its death"
                                : fmt::format("HBase {} does not tell", version_);
  return fmt::format("{} is not known: ZooKeeper is closed to us, and {}. Once nothing is left: {}",
                     who, cause, WaiveCommand(server));
}

std::map<ServerName, std::string> ClosedWatch::Dead() const {
  std::map<ServerName, std::string> dead;
  for (const auto& [server, member] : members_) {
    if (!member.lives && !member.is_waived) dead.emplace(server, WhyHeld(server, member));
  }
  return dead;
}

std::vector<ServerName> ClosedWatch::Waived() const {
  std::vector<ServerName> waived;
  for (const auto& [server, member] : members_)
    if (!member.lives && member.is_waived) waived.push_back(server);
  return waived;
}

ClosedMembers ClosedWatch::kept() const {
  ClosedMembers kept;
  kept.seen = last_.value_or(absl::InfinitePast());
  kept.master = master_;
  for (const auto& [server, member] : members_) kept.members.emplace(server, member);
  return kept;
}

}  // namespace twinwatch
