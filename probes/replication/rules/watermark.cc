#include "probes/replication/rules/watermark.h"

#include <algorithm>
#include <utility>

namespace twinwatch {
namespace {

// The round that is missed least goes: so they stay about equally far apart.
template <typename Rounds>
void Thin(Rounds* rounds) {
  const auto gap = [rounds](size_t i) { return (*rounds)[i + 1].sent - (*rounds)[i - 1].sent; };
  size_t least = 1;
  for (size_t i = 2; i + 1 < rounds->size(); ++i) {
    if (gap(i) < gap(least)) least = i;
  }
  rounds->erase(rounds->begin() + static_cast<ptrdiff_t>(least));
}

bool WentBack(const WalPlaces& before, const WalPlaces& now) {
  return std::any_of(now.begin(), now.end(), [&before](const auto& place) {
    const auto it = before.find(place.first);
    return it != before.end() && place.second < it->second;
  });
}

// A server that lived when the peer was added may not have its source yet.
bool IsOlderThanItsPeer(const ServerName& server, const Pulse& pulse) {
  constexpr absl::Duration kSourcesAreMadeIn = absl::Minutes(10);
  if (!pulse.queues.peer_times) return false;
  const absl::Time created = absl::FromUnixMillis(pulse.queues.peer_times->created_ms);
  return pulse.sent - created < kSourcesAreMadeIn &&
         absl::FromUnixMillis(static_cast<int64_t>(server.start_code)) < created;
}

StatusOr<WalPlaces> EndsOf(const ServerName& server, const ServersWals* wals, const Pulse& pulse) {
  if (wals != nullptr) return wals->Ends(pulse.lengths);
  // It has a WAL if it has synced one: there is no source for it yet.
  if (pulse.beaten.contains(server) || IsOlderThanItsPeer(server, pulse))
    return absl::UnavailableError("it has no queue for the peer");
  return WalPlaces();
}

}  // namespace

absl::Duration HealthyLag(absl::Duration heartbeat_interval, absl::Duration sleep_for_retries) {
  constexpr absl::Duration kRoundTrip = absl::Seconds(1);
  return 2 * heartbeat_interval + 4 * sleep_for_retries + kRoundTrip;
}

Watermark::Round Watermark::Member::ToRound(absl::Time sent, const WalPlaces& ends) {
  Round round;
  round.sent = sent;
  for (const auto& [name, place] : ends) {
    const auto known = std::find(groups.begin(), groups.end(), name);
    round.ends.push_back({static_cast<uint32_t>(known - groups.begin()), place});
    if (known == groups.end()) groups.push_back(name);
  }
  return round;
}

bool Watermark::Member::IsPassed(const Round& round, const WalPlaces& now) const {
  return std::all_of(round.ends.begin(), round.ends.end(), [&](const End& end) {
    const auto it = now.find(groups[end.group]);
    return it == now.end() || it->second >= end.place;
  });
}

size_t Watermark::RoundsOfOne() const {
  constexpr size_t kLeast = 16, kMost = 4096;
  return std::clamp(rounds_of_all_ / std::max<size_t>(members_.size(), 1), kLeast, kMost);
}

void Watermark::Learn(const Pulse& pulse) {
  if (!IsOurPeer(pulse.queues)) return;
  ForgetTheFuture(pulse.sent);
  live_ = {pulse.live.begin(), pulse.live.end()};
  const std::map<ServerName, ServersWals> wals = WalsByWriter(pulse.queues);
  for (const ServerName& server : pulse.live) members_.try_emplace(server);
  bytes_.clear();
  for (const auto& [server, of_server] : wals) {
    for (const ServersWals::Wal& wal : of_server.wals) {
      const auto file = pulse.lengths.find(wal.name);
      if (wal.position > 0 && file != pulse.lengths.end() && file->second.ok())
        bytes_[wal.name] = file->second->bytes;
    }
  }
  FollowReaders(wals);
  is_closed_ = false;
  NoteEpoch(EpochOf(pulse.live, pulse.queues, rewinds_), pulse.sent);
  if (pulse.queues.peer_enabled.value_or(false)) NoteRound(pulse, wals);
  Advance();
}

void Watermark::LearnClosed(const ClosedPulse& pulse) {
  is_closed_ = true;
  ForgetTheFuture(pulse.at);
  live_ = {pulse.live.begin(), pulse.live.end()};
  for (const ServerName& server : live_) members_[server].why_not.clear();
  for (const auto& [server, why] : pulse.dead) members_[server].why_not = why;
  std::erase_if(members_, [&](const auto& member) {
    return !live_.contains(member.first) && !pulse.dead.contains(member.first);
  });
  for (const auto& [server, why] : pulse.beatless) {
    if (const auto it = members_.find(server); it != members_.end()) it->second.why_not = why;
  }
  for (auto& [server, member] : members_) {
    if (member.readers.size() > 1) member.why_not = "it has several WAL groups, a beat syncs one";
  }
  QueueReading reading;
  reading.peer_stamp = pulse.stamp;
  NoteEpoch(EpochOf(pulse.live, reading, rewinds_), pulse.at);
  Advance();
}

void Watermark::Look(const QueueReading& reading) {
  if (!IsOurPeer(reading)) return;
  FollowReaders(WalsByWriter(reading));
  Advance();
}

bool Watermark::IsOurPeer(const QueueReading& reading) {
  if (!reading.peer_stamp) return false;
  const int64_t created = reading.peer_stamp->created;
  if (peer_created_ && peer_created_ != created) members_.clear();
  peer_created_ = created;
  // Made where ZooKeeper was closed: it is taken over, and stays true of what was written before
  // it.
  if (kept_ && kept_->peer_created == 0) kept_->peer_created = created;
  if (kept_ && kept_->peer_created != created) kept_.reset();
  return true;
}

void Watermark::ForgetTheFuture(absl::Time now) {
  if (kept_ && kept_->at > now) kept_.reset();
  const bool any = std::any_of(members_.begin(), members_.end(), [now](const auto& member) {
    const Member& one = member.second;
    return (one.until && *one.until > now) || (!one.rounds.empty() && one.rounds.back().sent > now);
  });
  if (!any) return;
  members_.clear();
  epoch_since_ = absl::InfiniteFuture();
}

bool Watermark::IsPlausible(const ServersWals& wals) const {
  return std::all_of(wals.wals.begin(), wals.wals.end(), [this](const ServersWals::Wal& wal) {
    const auto known = bytes_.find(wal.name);
    return known == bytes_.end() || wal.position <= known->second;
  });
}

void Watermark::NoteEpoch(HeartbeatEpoch epoch, absl::Time sent) {
  if (epoch != epoch_) {
    epoch_ = std::move(epoch);
    // What was sent before this reading may have been sent in the other epoch.
    epoch_since_ = absl::InfiniteFuture();
  } else if (epoch_since_ == absl::InfiniteFuture()) {
    epoch_since_ = sent;
  }
  for (auto& [server, member] : members_) {
    if (epoch_since_ == absl::InfiniteFuture() || member.readers.size() > 1) {
      member.seen.clear();
      member.proven.clear();
    }
    while (!member.proven.empty() && member.proven.front().seen_at <= sent) {
      member.Pass(member.proven.front().sent);
      member.proven.pop_front();
    }
  }
}

void Watermark::NoteRound(const Pulse& pulse, const std::map<ServerName, ServersWals>& wals) {
  for (auto& [server, member] : members_) {
    const auto of_server = wals.find(server);
    StatusOr<WalPlaces> ends =
        EndsOf(server, of_server == wals.end() ? nullptr : &of_server->second, pulse);
    member.why_not = Text(ends.status());
    if (!ends.ok()) continue;
    if (HavePassed(member.readers, *ends)) {
      member.rounds.clear();
      member.Pass(pulse.sent);
      continue;
    }
    // Earlier rounds that ask for more (a length was not known then) prove less.
    while (!member.rounds.empty() && !member.IsPassed(member.rounds.back(), *ends))
      member.rounds.pop_back();
    if (member.rounds.empty()) member.groups.clear();
    member.rounds.push_back(member.ToRound(pulse.sent, *ends));
    if (member.rounds.size() > RoundsOfOne()) Thin(&member.rounds);
  }
}

void Watermark::FollowReaders(const std::map<ServerName, ServersWals>& wals) {
  for (const auto& [server, of_server] : wals) members_.try_emplace(server);
  for (auto it = members_.begin(); it != members_.end();) {
    auto& [server, member] = *it;
    const auto of_server = wals.find(server);
    // Beyond what is known to be there it proves nothing before it was measured again.
    if (of_server != wals.end() && !IsPlausible(of_server->second)) {
      ++it;
      continue;
    }
    WalPlaces now = of_server == wals.end() ? WalPlaces() : of_server->second.readers;
    if (WentBack(member.readers, now)) ++rewinds_;
    member.readers = std::move(now);
    while (!member.rounds.empty() && member.IsPassed(member.rounds.front(), member.readers)) {
      member.Pass(member.rounds.front().sent);
      member.rounds.pop_front();
    }
    const bool has_left = of_server == wals.end() && !live_.contains(server);
    it = has_left ? members_.erase(it) : std::next(it);
  }
}

void Watermark::Arrived(const std::vector<ArrivedBeat>& beats, absl::Time seen_at) {
  for (const ArrivedBeat& beat : beats) {
    const auto it = members_.find(beat.server);
    // A dead server's last beats may come in one batch with what was before them.
    if (it == members_.end() || !live_.contains(beat.server) || beat.sent < epoch_since_) continue;
    Member& member = it->second;
    if (!member.seen.empty() && beat.sent <= member.seen.back().sent) continue;
    while (!member.seen.empty() && member.seen.front().seen_at < beat.sent) {
      member.proven.push_back({member.seen.front().sent, seen_at});
      member.seen.pop_front();
    }
    member.seen.push_back({beat.sent, seen_at});
    if (member.seen.size() > RoundsOfOne()) member.seen.pop_front();
  }
}

void Watermark::Advance() {
  std::optional<absl::Time> least;
  for (auto& [server, member] : members_) {
    if (kept_) member.Pass(kept_->at);
    if (!member.until) return;
    least = std::min(least.value_or(*member.until), *member.until);
  }
  if (!least) return;
  const int64_t created = peer_created_.value_or(kept_ ? kept_->peer_created : 0);
  kept_ = Kept{created, *least};
}

std::optional<absl::Time> Watermark::at() const {
  if (!kept_) return std::nullopt;
  return kept_->at;
}

std::optional<Watermark::Holder> Watermark::Behind() const {
  std::optional<Holder> behind;
  for (const auto& [server, member] : members_) {
    // Of several that are as far one that is dead: the others may come on by themselves.
    const bool is_dead_beside_live =
        behind && !live_.contains(server) && live_.contains(behind->server);
    if (behind && member.until == behind->until && !is_dead_beside_live) continue;
    if (behind && member.until != behind->until &&
        (!behind->until || (member.until && *member.until > *behind->until)))
      continue;
    behind = Holder{server, member.until, member.why_not};
    if (behind->why.empty() && !member.rounds.empty())
      behind->why = "its source has not shipped what it wrote";
  }
  if (behind && behind->why.empty() && is_closed_)
    behind->why = "no two heartbeats of it have arrived since, one sent after the other was seen";
  return behind;
}

}  // namespace twinwatch
