// A source in memory whose znodes nobody may read, against which ClosedWatch and Watermark are held
// together: servers that write, ship in batches that are applied in any order, die and are started
// again; a master that lists servers, works on deaths and changes the peer in its own time; reports
// that come late; an agent that is down for a while.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "probes/replication/rules/closed_watch.h"
#include "probes/replication/rules/watermark.h"

namespace twinwatch {
namespace {

constexpr int64_t kBegin = 1'700'000'000'000;
absl::Time At(int64_t ms) { return absl::FromUnixMillis(kBegin + ms); }

struct Edit {
  int64_t written = 0;
  bool is_beat = false;
  int64_t sent = 0;
  bool arrived = false;
};

// One life of a server: its WAL, and whoever ships it.
struct Life {
  ServerName name;
  int64_t begun = 0;
  bool lives = true;
  bool is_listed = true;  // by the master
  int64_t unlisted_at = 0;
  std::vector<Edit> wal;
  size_t position = 0;              // all before it is on the target
  size_t batch_end = 0;             // under way; 0: none
  int batch_pace = 0;               // percent of its edits that arrive in a step
  std::optional<ServerName> owner;  // of its queue; none: nobody has claimed it
  bool has_queue = true;
  // Its last report as the master has it, and the one that is on its way.
  int64_t made = 0;
  std::vector<ReportedLoad> loads;
  std::optional<std::pair<int64_t, std::vector<ReportedLoad>>> sent_report;
  int64_t report_due = 0, report_comes = 0;
};

struct Crash {
  uint64_t id = 0;
  ServerName server;
  int64_t claims_at = 0, ends_at = 0, forgotten_at = 0;
  bool has_ended = false;
};

struct PeerChange {
  uint64_t id = 0;
  int64_t works_at = 0, ends_at = 0;
  bool enables = false, has_worked = false, has_ended = false;
};

class ClosedModel {
 public:
  explicit ClosedModel(unsigned seed) : random_(seed), kind_(seed % 3) {
    for (const char* host : {"a", "b", "c"}) Start(host);
  }

  int64_t now() const { return now_; }
  void Quiet() { is_quiet_ = true; }

  void Steps(int most) {
    for (int steps = Uniform(0, most); steps > 0; --steps) Step();
  }

  void Beat(int64_t sent, const std::vector<ServerName>& live) {
    for (const ServerName& server : live) {
      Life* life = Find(server);
      if (life->lives && (is_quiet_ || Chance(90))) life->wal.push_back({now_, true, sent, false});
    }
  }

  std::vector<ArrivedBeat> Arrived(const std::vector<ServerName>& live) {
    std::vector<ArrivedBeat> beats;
    for (const ServerName& server : live) {
      int64_t newest = -1;
      for (const Edit& edit : Find(server)->wal)
        if (edit.is_beat && edit.arrived) newest = std::max(newest, edit.sent);
      if (newest >= 0) beats.push_back({server, At(newest)});
    }
    return beats;
  }

  ClusterInfo Describe() const {
    ClusterInfo info;
    info.hbase_version = "2.6.1";
    info.master = ServerName{"m", 1, master_};
    for (const Life& life : lives_)
      if (life.is_listed) info.live_servers.push_back(life.name);
    info.dead_servers = dead_list_;
    return info;
  }

  Peer ThePeer() const {
    Peer peer;
    peer.id = "1";
    peer.enabled = enabled_;
    return peer;
  }

  std::vector<MasterProcedure> Procedures() const {
    std::vector<MasterProcedure> procedures;
    for (const Crash& crash : crashes_)
      procedures.push_back({crash.id, crash.has_ended, false, crash.server});
    for (const PeerChange& change : changes_)
      procedures.push_back({change.id, change.has_ended, false, std::nullopt});
    return procedures;
  }

  std::vector<ServerReport> Reports() const {
    std::vector<ServerReport> reports;
    for (const Life& life : lives_)
      if (life.is_listed) reports.push_back({life.name, life.made, 0});
    return reports;
  }
  std::vector<ReportedLoad> Loads() const {
    std::vector<ReportedLoad> loads;
    for (const Life& life : lives_)
      if (life.is_listed) loads.insert(loads.end(), life.loads.begin(), life.loads.end());
    return loads;
  }

  // When the oldest edit that is not on the target was written.
  absl::Time OldestWaiting() const {
    int64_t oldest = INT64_MAX;
    for (const Life& life : lives_)
      for (size_t i = life.position; i < life.wal.size(); ++i)
        if (!life.wal[i].arrived) oldest = std::min(oldest, life.wal[i].written);
    return oldest == INT64_MAX ? absl::InfiniteFuture() : At(oldest);
  }

 private:
  int Uniform(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  bool Chance(int percent) { return Uniform(0, 99) < percent; }
  bool OncePer(int seconds) { return !is_quiet_ && Uniform(1, seconds * 10) == 1; }

  Life* Find(const ServerName& server) {
    return &*std::find_if(lives_.begin(), lives_.end(),
                          [&server](const Life& life) { return life.name == server; });
  }
  Life* AnyListed() {
    std::vector<Life*> listed;
    for (Life& life : lives_)
      if (life.is_listed && life.lives) listed.push_back(&life);
    return listed.empty()
               ? nullptr
               : listed[static_cast<size_t>(Uniform(0, static_cast<int>(listed.size()) - 1))];
  }

  void Start(const std::string& host) {
    Life life;
    life.name = ServerName{host, 1, static_cast<uint64_t>(kBegin + now_)};
    life.begun = life.report_due = now_;
    life.owner = life.name;
    std::erase_if(dead_list_, [&host](const ServerName& dead) { return dead.host == host; });
    lives_.push_back(life);
  }

  // A tenth of a second.
  void Step() {
    now_ += 100;
    for (Life& life : lives_) {
      if (life.lives && !is_quiet_ && Chance(30)) life.wal.push_back({now_, false, 0, false});
      Ship(&life);
      Report(&life);
    }
    // Worlds in which the peer changes in bursts, in which servers die, and in which both do.
    const bool calm = now_ < 50'000 || now_ % 60'000 > 25'000;
    if (kind_ != 1 && !calm && OncePer(3)) ChangePeer();
    if (kind_ != 0 && !calm && OncePer(15)) Kill();
    if (OncePer(10)) Revive();
    if (OncePer(150) && crashes_.empty()) {
      ++master_;
      dead_list_.clear();
    }
    if (is_quiet_ && !enabled_ && changes_.empty()) ChangePeer();
    WorkOnDeaths();
    WorkOnPeer();
  }

  // A batch is applied in any order; its position is written when all of it is.
  void Ship(Life* life) {
    if (!life->has_queue || !life->owner) return;
    const Life* owner = Find(*life->owner);
    if (!owner->lives) {
      life->batch_end = 0;
      return;
    }
    if (life->batch_end == 0) {
      if (!enabled_ || life->position == life->wal.size() || Chance(40)) {
        if (life->position == life->wal.size() && !life->lives) life->has_queue = false;
        return;
      }
      const auto most = static_cast<int>(life->wal.size() - life->position);
      // What was waiting when it was read, mostly.
      life->batch_end = life->position + static_cast<size_t>(Chance(70) ? most : Uniform(1, most));
      life->batch_pace = Chance(50) ? 60 : Uniform(2, 15);
    }
    bool all = true;
    for (size_t i = life->position; i < life->batch_end; ++i) {
      // Beats come first: the worst that can be.
      if (!life->wal[i].arrived)
        life->wal[i].arrived = is_quiet_ || Chance(life->wal[i].is_beat ? 90 : life->batch_pace);
      all &= life->wal[i].arrived;
    }
    if (!all) return;
    life->position = life->batch_end;
    life->batch_end = 0;
  }

  void Report(Life* life) {
    if (life->sent_report && now_ >= life->report_comes) {
      std::tie(life->made, life->loads) = *std::move(life->sent_report);
      life->sent_report.reset();
    }
    if (!life->lives || life->sent_report || now_ < life->report_due) return;
    std::vector<ReportedLoad> loads;
    for (const Life& other : lives_) {
      if (!other.has_queue || other.owner != life->name) continue;
      ReportedLoad load;
      load.server = life->name;
      load.peer_id = "1";
      if (other.name != life->name) {
        load.recovered = true;
        load.dead_servers = {other.name};
      }
      loads.push_back(load);
    }
    life->sent_report = std::pair(now_, std::move(loads));
    life->report_comes = now_ + Uniform(0, 20) * 100;
    life->report_due = now_ + 3000;
  }

  void Kill() {
    std::vector<Life*> old;
    size_t alive = 0;
    for (Life& life : lives_) {
      alive += life.lives;
      if (life.lives && now_ - life.begun > 15'000) old.push_back(&life);
    }
    if (old.empty() || alive < 2) return;
    Life* life = old[static_cast<size_t>(Uniform(0, static_cast<int>(old.size()) - 1))];
    life->lives = false;
    life->unlisted_at = now_ + Uniform(0, 60) * 100;
  }

  void Revive() {
    for (const char* host : {"a", "b", "c"}) {
      const bool is_there = std::any_of(lives_.begin(), lives_.end(), [host](const Life& life) {
        return life.name.host == host && (life.lives || life.is_listed);
      });
      if (!is_there) return Start(host);
    }
  }

  void WorkOnDeaths() {
    for (Life& life : lives_) {
      if (life.lives || !life.is_listed || now_ < life.unlisted_at) continue;
      life.is_listed = false;
      dead_list_.push_back(life.name);
      Crash crash;
      crash.id = ++ids_;
      crash.server = life.name;
      crash.claims_at = now_ + Uniform(1, 80) * 100;
      coming_.push_back({now_ + Uniform(0, 30) * 100, crash});
    }
    for (const auto& [at, crash] : coming_)
      if (now_ >= at) crashes_.push_back(crash);
    std::erase_if(coming_, [this](const auto& one) { return now_ >= one.first; });
    for (Crash& crash : crashes_) {
      if (!crash.has_ended && now_ >= crash.claims_at) Claim(&crash);
    }
    std::erase_if(crashes_, [this](const Crash& crash) {
      return crash.has_ended && now_ >= crash.forgotten_at;
    });
  }

  // Its own queue, and those that it had claimed.
  void Claim(Crash* crash) {
    for (Life& life : lives_) {
      if (!life.has_queue || life.owner != crash->server) continue;
      Life* to = AnyListed();
      if (to == nullptr) return;
      life.owner = to->name;
      life.batch_end = 0;
    }
    crash->has_ended = true;
    crash->forgotten_at = now_ + Uniform(0, 600) * 100;
  }

  // Disabled and enabled, mostly; sometimes at once.
  void ChangePeer() {
    if (!changes_.empty() && !changes_.back().has_ended) return;
    PeerChange change;
    change.id = ++ids_;
    change.enables = !enabled_;
    change.works_at = now_ + Uniform(0, 6) * 100;
    change.ends_at = change.works_at + Uniform(0, 3) * 100;
    changes_.push_back(change);
    if (!change.enables && Chance(80)) {
      PeerChange back;
      back.id = ++ids_;
      back.enables = true;
      back.works_at = change.ends_at + 100;
      back.ends_at = back.works_at;
      changes_.push_back(back);
    }
  }

  void WorkOnPeer() {
    for (PeerChange& change : changes_) {
      if (!change.has_worked && now_ >= change.works_at) {
        change.has_worked = true;
        enabled_ = change.enables;
        for (Life& life : lives_) {
          life.batch_end = 0;
          // Sources are made anew, at the beginning of some WAL.
          if (!change.enables && life.position > 0)
            life.position -=
                static_cast<size_t>(Uniform(0, std::min<int>(20, static_cast<int>(life.position))));
        }
      }
      if (now_ >= change.ends_at) change.has_ended = true;
    }
    // Minutes after; the agent looks each second, or counts as one that may have missed it.
    std::erase_if(changes_, [this](const PeerChange& change) {
      return change.has_ended && now_ - change.ends_at > 90'000;
    });
  }

  std::mt19937 random_;
  unsigned kind_;
  int64_t now_ = 0;
  bool is_quiet_ = false;
  bool enabled_ = true;
  uint64_t ids_ = 0;
  uint64_t master_ = 1;
  std::deque<Life> lives_;
  std::vector<ServerName> dead_list_;
  std::vector<std::pair<int64_t, Crash>> coming_;  // procedures that the master will submit
  std::vector<Crash> crashes_;
  std::vector<PeerChange> changes_;
};

// The agent, as LagProbe is.
class ModelAgent {
 public:
  explicit ModelAgent(ClosedModel* model) : model_(model) {}

  void Round() {
    const int64_t sent = model_->now();
    model_->Steps(2);
    model_->Beat(sent, live_);
    Look();
    for (int i = 0; i < 4; ++i) {
      model_->Steps(2);
      LookAtTarget();
    }
    Look();
  }

  void LookAtTarget() { mark.Arrived(model_->Arrived(live_), At(model_->now())); }

  void Look() {
    model_->Steps(1);
    ClosedLook look;
    look.at = At(model_->now());
    look.cluster = model_->Describe();
    model_->Steps(1);
    look.peer = model_->ThePeer();
    model_->Steps(1);
    if (random_() % 2 == 0) LookAtTarget();  // nobody waits for another
    model_->Steps(1);
    look.procedures = model_->Procedures();
    model_->Steps(1);
    if (watch.WantsReports() && random_() % 2 == 0) {
      look.reports.emplace();
      look.reports->servers = model_->Reports();
      model_->Steps(1);
      look.reports->loads = model_->Loads();
    }
    model_->Steps(1);
    if (random_() % 2 == 0) LookAtTarget();
    watch.Learn(look);
    live_ = look.cluster.live_servers;
    ClosedPulse pulse;
    pulse.at = look.at;
    pulse.live = live_;
    pulse.dead = watch.Dead();
    pulse.stamp = watch.stamp();
    mark.LearnClosed(pulse);
  }

  void Restart(int down_seconds) {
    const ClosedMembers members = watch.kept();
    for (int i = 0; i < down_seconds * 5; ++i) model_->Steps(3);
    watch = ClosedWatch(members);
    mark = Watermark(mark.kept());
    live_.clear();
  }

  Watermark mark;
  ClosedWatch watch;

 private:
  std::mt19937 random_{7};
  ClosedModel* model_;
  std::vector<ServerName> live_;
};

TEST(ClosedModelTest, NeverBeyondTheTruthAndThereInTheEnd) {
  int moved = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    ClosedModel model(seed);
    ModelAgent agent(&model);
    std::mt19937 random(seed);
    std::optional<absl::Time> before;
    for (int i = 0; i < 300; ++i) {
      agent.Round();
      if (random() % 100 == 0) agent.Restart(static_cast<int>(random() % 90));
      const std::optional<absl::Time> mark = agent.mark.at();
      ASSERT_FALSE(before && (!mark || *mark < *before)) << "it went back, seed " << seed;
      moved += mark != before;
      before = mark;
      if (!mark) continue;
      ASSERT_LE(*mark, model.OldestWaiting()) << "seed " << seed << " round " << i;
    }
    model.Quiet();
    for (int i = 0; i < 150; ++i) agent.Round();
    ASSERT_TRUE(agent.mark.at());
    EXPECT_GT(*agent.mark.at(), At(model.now() - 15'000)) << "seed " << seed;
  }
  EXPECT_GT(moved, 300 * 20) << "it hardly moved: it proves little";
}

}  // namespace
}  // namespace twinwatch
