#include "probes/replication/rules/watermark.h"

#include <gtest/gtest.h>

#include <random>

namespace twinwatch {
namespace {

const ServerName kA{"a", 1, 10}, kB{"b", 1, 20};
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

std::string WalOf(const ServerName& server, int n = 1) {
  return fmt::format("{}%2C{}%2C{}.{}", server.host, server.port, server.start_code,
                     1'700'000'000'000 + n);
}

// A pair of which each server writes one WAL; tests say how long it is and what was shipped of it.
class WatermarkTest : public ::testing::Test {
 protected:
  struct Server {
    uint64_t written = 100, shipped = 100;
    bool lives = true, beats = true, length_known = true, has_queue = true;
    std::optional<ServerName> claimed_by;
  };

  WatermarkTest() {
    servers_[kA];
    servers_[kB];
  }

  QueueReading Queues() const {
    QueueReading reading;
    reading.peer_enabled = enabled_;
    PeerStamp stamp;
    stamp.created = created_;
    stamp.state = state_;
    reading.peer_stamp = stamp;
    if (peer_created_ms_) reading.peer_times = PeerTimes{*peer_created_ms_, *peer_created_ms_};
    for (const auto& [name, server] : servers_) {
      if (!server.has_queue) continue;
      WalQueue queue;
      queue.owner = server.claimed_by.value_or(name);
      queue.owner_alive = server.lives || server.claimed_by;
      queue.queue_id = server.claimed_by ? "1-" + name.ToString() : "1";
      if (server.claimed_by) queue.dead_servers = {name};
      queue.wals = {{WalOf(name), server.shipped, 0}};
      reading.queues.push_back(queue);
    }
    return reading;
  }

  void Round(double second) {
    Pulse pulse;
    pulse.sent = At(second);
    pulse.queues = Queues();
    for (const auto& [name, server] : servers_) {
      if (server.lives) pulse.live.push_back(name);
      if (server.lives && server.beats) pulse.beaten.insert(name);
      WalFile file;
      file.bytes = server.written;
      file.header_bytes = 85;
      if (server.length_known) pulse.lengths.emplace(WalOf(name), file);
    }
    mark_.Learn(pulse);
  }

  void Look() { mark_.Look(Queues()); }
  void Arrives(const ServerName& server, double sent, double seen) {
    mark_.Arrived({{server, At(sent)}}, At(seen));
  }

  std::optional<double> Mark() const {
    if (!mark_.at()) return std::nullopt;
    return absl::ToDoubleSeconds(*mark_.at() - kStart);
  }

  std::map<ServerName, Server> servers_;
  bool enabled_ = true;
  int64_t created_ = 100, state_ = 1;
  std::optional<int64_t> peer_created_ms_;
  Watermark mark_;
};

TEST_F(WatermarkTest, UnknownBeforeAllHavePassedOnce) {
  EXPECT_EQ(Mark(), std::nullopt);
  servers_[kA].written = 200;
  Round(1);
  EXPECT_EQ(Mark(), std::nullopt);
  EXPECT_EQ(mark_.Behind()->server, kA);
  servers_[kA].shipped = 200;
  Look();
  EXPECT_EQ(Mark(), 1);
}

TEST_F(WatermarkTest, WhatIsShippedIsProvenAtOnce) {
  Round(1);
  EXPECT_EQ(Mark(), 1);
  Round(2);
  EXPECT_EQ(Mark(), 2);
}

TEST_F(WatermarkTest, TheServerThatIsFurthestBehindDecides) {
  Round(1);
  servers_[kB].written = 300;
  Round(2);
  servers_[kB].written = 400;
  Round(3);
  EXPECT_EQ(Mark(), 1);
  EXPECT_EQ(mark_.Behind()->server, kB);
  servers_[kB].shipped = 399;
  Look();
  EXPECT_EQ(Mark(), 2);
  servers_[kB].shipped = 400;
  Look();
  EXPECT_EQ(Mark(), 3);
}

TEST_F(WatermarkTest, ItNeverGoesBack) {
  Round(1);
  servers_[kA].shipped = 90;  // legal: a source that begins anew
  Round(2);
  EXPECT_EQ(Mark(), 1);
  EXPECT_EQ(mark_.rewinds(), 1u);
  servers_[kA].shipped = 100;
  Round(3);
  EXPECT_EQ(Mark(), 3);
}

TEST_F(WatermarkTest, ADisabledPeerFreezesIt) {
  Round(1);
  enabled_ = false;
  servers_[kA].written = 200;
  for (int i = 2; i < 50; ++i) Round(i);
  EXPECT_EQ(Mark(), 1);
  enabled_ = true;
  servers_[kA].shipped = 0;
  Round(50);
  EXPECT_EQ(Mark(), 1);
  servers_[kA].shipped = 200;
  Look();
  EXPECT_EQ(Mark(), 50);
}

TEST_F(WatermarkTest, KeptOverARestartAlsoWhileThePeerIsDisabled) {
  mark_ = Watermark(Watermark::Kept{100, At(-600)});
  EXPECT_EQ(Mark(), -600);
  enabled_ = false;
  servers_[kA].written = 200;
  Round(1);
  EXPECT_EQ(Mark(), -600);
  enabled_ = true;
  servers_[kA].shipped = 200;
  Round(2);
  EXPECT_EQ(Mark(), 2);
  EXPECT_EQ(mark_.kept(), (Watermark::Kept{100, At(2)}));
}

TEST_F(WatermarkTest, AnotherPeerOfThatNameBeginsAnew) {
  Round(1);
  created_ = 101;
  servers_[kA].written = 200;
  Round(2);
  EXPECT_EQ(Mark(), std::nullopt);
  mark_ = Watermark(Watermark::Kept{100, At(-600)});
  Round(3);
  EXPECT_EQ(Mark(), std::nullopt);
}

TEST_F(WatermarkTest, ADeadServerHoldsItUntilItsQueueIsGone) {
  Round(1);
  Server& a = servers_[kA];
  a.written = 500;
  a.lives = false;
  Round(2);
  EXPECT_EQ(Mark(), 1);
  a.claimed_by = kB;
  Round(3);
  EXPECT_EQ(Mark(), 1);
  EXPECT_EQ(mark_.Behind()->server, kA);
  a.shipped = 499;
  Look();
  EXPECT_EQ(Mark(), 1);
  servers_.erase(kA);
  Look();
  EXPECT_EQ(Mark(), 3);
}

TEST_F(WatermarkTest, ADeadServerOfUnknownLengthMustLeave) {
  Round(1);
  Server& a = servers_[kA];
  a.lives = false;
  a.length_known = false;
  a.shipped = 100'000;
  Round(2);
  EXPECT_EQ(Mark(), 1);
  servers_.erase(kA);
  Look();
  EXPECT_EQ(Mark(), 2);
}

TEST_F(WatermarkTest, ANewServerHasNothingOlder) {
  Round(1);
  const ServerName fresh{"c", 1, 30};
  servers_[fresh].written = 200;
  Round(2);
  EXPECT_EQ(Mark(), 1);
  servers_[fresh].shipped = 200;
  Look();
  EXPECT_EQ(Mark(), 2);
}

TEST_F(WatermarkTest, AServerWithoutABeatIsJudgedByPositions) {
  servers_[kA].beats = false;
  Round(1);
  EXPECT_EQ(Mark(), 1);
  servers_[kA].has_queue = false;  // it has never written anything
  Round(2);
  EXPECT_EQ(Mark(), 2);
}

TEST_F(WatermarkTest, AServerThatBeatsAndHasNoQueueFreezesIt) {
  Round(1);
  servers_[kA].has_queue = false;
  Round(2);
  EXPECT_EQ(Mark(), 1);
  EXPECT_EQ(mark_.Behind()->server, kA);
  EXPECT_EQ(mark_.Behind()->why, "it has no queue for the peer");
}

TEST_F(WatermarkTest, AnUnknownLengthFreezesIt) {
  Round(1);
  servers_[kB].length_known = false;
  for (int i = 2; i < 20; ++i) Round(i);
  EXPECT_EQ(Mark(), 1);
  EXPECT_NE(mark_.Behind()->why.find("length"), std::string::npos);
}

TEST_F(WatermarkTest, ALengthThatWasUnknownForOneRoundHoldsNothingBackLater) {
  Server& a = servers_[kA];
  a.lives = false;
  a.claimed_by = kB;
  a.written = 200;
  a.length_known = false;
  Round(1);
  a.length_known = true;
  Round(2);
  a.shipped = 200;
  Look();
  EXPECT_EQ(Mark(), 2);
}

// HBASE-29987: what is saved is not a place in that WAL.
TEST_F(WatermarkTest, APositionBeyondTheEndPassesNothing) {
  Round(1);
  servers_[kA].written = 200;
  Round(2);
  servers_[kA].shipped = 7'000'000;
  Look();
  Round(3);
  EXPECT_EQ(Mark(), 1);
  EXPECT_NE(mark_.Behind()->why.find("behind the end"), std::string::npos);
}

TEST_F(WatermarkTest, AServerThatLivedBeforeItsPeerMayHaveNoSourceYet) {
  peer_created_ms_ = absl::ToUnixMillis(At(0));
  servers_[kA].has_queue = false;
  servers_[kA].beats = false;
  Round(1);
  EXPECT_EQ(Mark(), std::nullopt);
  Round(700);
  EXPECT_EQ(Mark(), 700) << "ten minutes later it has never written";
}

TEST_F(WatermarkTest, WhatAClockThatWentBackHasSaidIsForgotten) {
  Round(3600);
  EXPECT_EQ(Mark(), 3600);
  servers_[kA].written = 200;
  Round(5);
  EXPECT_EQ(Mark(), std::nullopt);
  servers_[kA].shipped = 200;
  Look();
  EXPECT_EQ(Mark(), 5);
}

// Lengths unknown: a beat, and one that was sent after it had been seen.
class Successor : public WatermarkTest {
 protected:
  Successor() {
    servers_.erase(kB);
    servers_[kA].length_known = false;
    Round(1);
    Round(2);
  }
};

TEST_F(Successor, OneBeatAloneProvesNothing) {
  Arrives(kA, 2, 2.5);
  Round(3);
  Round(4);
  EXPECT_EQ(Mark(), std::nullopt);
}

TEST_F(Successor, TheSecondProvesTheFirst) {
  Arrives(kA, 2, 2.5);
  Round(3);
  Arrives(kA, 3, 3.4);
  EXPECT_EQ(Mark(), std::nullopt) << "nobody has looked whether something changed";
  Round(4);
  EXPECT_EQ(Mark(), 2);
  Arrives(kA, 4, 4.5);
  Round(5);
  EXPECT_EQ(Mark(), 3);
}

TEST_F(Successor, OneSentBeforeTheFirstWasSeenProvesNothing) {
  Arrives(kA, 2, 3.5);
  Arrives(kA, 3, 3.6);
  Round(4);
  Round(5);
  EXPECT_EQ(Mark(), std::nullopt);
  Arrives(kA, 4, 5.1);
  Round(6);
  EXPECT_EQ(Mark(), 3) << "sent at 4, after 2 and 3 had been seen";
}

TEST_F(Successor, AnEpochThatChangedInBetweenVoidsIt) {
  Arrives(kA, 2, 2.5);
  state_ = 2;
  Round(3);
  Arrives(kA, 3, 3.4);
  Round(4);
  EXPECT_EQ(Mark(), std::nullopt);
}

TEST_F(Successor, AnEpochThatChangedBehindItVoidsItToo) {
  Arrives(kA, 2, 2.5);
  Round(3);
  Arrives(kA, 3, 3.4);
  state_ = 2;
  Round(4);
  Round(5);
  EXPECT_EQ(Mark(), std::nullopt);
}

TEST_F(Successor, APositionThatWentBackVoidsIt) {
  Arrives(kA, 2, 2.5);
  servers_[kA].shipped = 50;
  Look();
  servers_[kA].shipped = 100;
  Round(3);
  Arrives(kA, 3, 3.4);
  Round(4);
  EXPECT_EQ(Mark(), std::nullopt);
}

TEST_F(Successor, AnotherServersBeatProvesNothingOfThisOne) {
  servers_[kB];
  Round(3);
  Round(4);
  for (int i = 4; i < 10; ++i) {
    Arrives(kB, i, i + 0.3);
    Round(i + 1);
  }
  EXPECT_EQ(Mark(), std::nullopt);
}

// Nothing but beats, and what the master says.
class ClosedMark : public WatermarkTest {
 protected:
  // A look that began at that time.
  void Look(double second, std::map<ServerName, std::string> beatless = {}) {
    ClosedPulse pulse;
    pulse.at = At(second);
    for (const auto& [name, server] : servers_) {
      if (server.lives) pulse.live.push_back(name);
    }
    pulse.dead = dead_;
    pulse.beatless = std::move(beatless);
    pulse.stamp.state = state_;
    mark_.LearnClosed(pulse);
  }
  // Beats of whole seconds, each seen before the next is sent.
  void Beats(int from, int to, const std::vector<ServerName>& servers = {kA, kB}) {
    for (int second = from; second <= to; ++second) {
      Look(second + 0.1);
      for (const ServerName& server : servers) Arrives(server, second, second + 0.5);
      Look(second + 0.6);
    }
  }

  std::map<ServerName, std::string> dead_;
};

TEST_F(ClosedMark, ABeatCountsWhenOneThatWasSentAfterItWasSeenHasCome) {
  Look(0);
  Look(0.5);
  Beats(1, 2);
  EXPECT_EQ(Mark(), 1);
  Beats(3, 3);
  EXPECT_EQ(Mark(), 2);
  EXPECT_EQ(mark_.kept()->peer_created, 0);
}

TEST_F(ClosedMark, ALookThatBeganBeforeItWasSeenShowsNothing) {
  Look(0);
  Look(0.5);
  Beats(1, 1);
  Arrives(kA, 2, 2.5);
  Arrives(kB, 2, 2.5);
  Look(2.4);
  EXPECT_EQ(Mark(), std::nullopt);
  Look(2.5);
  EXPECT_EQ(Mark(), 1);
}

TEST_F(ClosedMark, ADeadServerHoldsItUntilItIsNoMemberAndTheLagGrows) {
  Look(0);
  Beats(1, 5);
  servers_[kB].lives = false;
  dead_[kB] = "it waits";
  Beats(6, 20, {kA});
  EXPECT_EQ(Mark(), 4);
  EXPECT_EQ(mark_.Behind()->server, kB);
  EXPECT_EQ(mark_.Behind()->why, "it waits");
  dead_.clear();
  Look(21);
  EXPECT_EQ(Mark(), 19);
}

TEST_F(ClosedMark, OfThoseThatAreAsFarTheDeadOneIsNamed) {
  Look(0);
  Beats(1, 5);
  EXPECT_EQ(mark_.Behind()->server, kA);
  servers_[kB].lives = false;
  dead_[kB] = "it waits";
  Look(6);
  EXPECT_EQ(mark_.Behind()->server, kB);
}

TEST_F(ClosedMark, BeatsOfADeadServerProveNothing) {
  Look(0);
  Beats(1, 5);
  servers_[kB].lives = false;
  dead_[kB] = "it waits";
  Beats(6, 20);
  EXPECT_EQ(Mark(), 4);
}

TEST_F(ClosedMark, ANewServerBeginsWhereTheMarkIs) {
  Look(0);
  Beats(1, 5);
  const ServerName fresh{"c", 1, 30};
  servers_[fresh];
  Beats(6, 9);
  EXPECT_EQ(Mark(), 4) << "none of its beats has come";
  Beats(10, 12, {kA, kB, fresh});
  EXPECT_EQ(Mark(), 11);
}

TEST_F(ClosedMark, AServerWithoutABeatIsNamed) {
  Look(0);
  Beats(1, 5);
  for (int second = 6; second < 20; ++second) {
    Look(second + 0.1, {{kB, "no region"}});
    Arrives(kA, second, second + 0.5);
  }
  EXPECT_EQ(Mark(), 4);
  EXPECT_EQ(mark_.Behind()->server, kB);
  EXPECT_EQ(mark_.Behind()->why, "no region");
}

TEST_F(ClosedMark, AChangeOfThePeerVoidsWhatWasSentBeforeTheLookAfterIt) {
  Look(0);
  Beats(1, 5);
  state_ = 3;
  Beats(6, 7);
  EXPECT_EQ(Mark(), 4) << "6 may have been sent before the change";
  Beats(8, 8);
  EXPECT_EQ(Mark(), 7);
}

TEST_F(ClosedMark, ServersOfSeveralGroupsAreKnownFromWhenTheyCouldBeRead) {
  Round(1);
  Server& a = servers_[kA];
  QueueReading queues = Queues();
  queues.queues[0].wals.push_back({"a%2C1%2C10.g2.1700000000009", 100, 0});
  mark_.Look(queues);
  (void)a;
  Look(1.5);
  Beats(2, 6);
  EXPECT_EQ(Mark(), 1);
  EXPECT_EQ(mark_.Behind()->server, kA);
}

TEST_F(ClosedMark, ItGoesOnWhenTheQueuesCanBeReadAndTheOtherWayRound) {
  Look(0);
  Beats(1, 5);
  EXPECT_EQ(Mark(), 4);
  servers_[kA].written = 200;
  Round(6);
  EXPECT_EQ(Mark(), 4);
  EXPECT_EQ(mark_.kept()->peer_created, created_);
  servers_[kA].shipped = 200;
  Round(7);
  EXPECT_EQ(Mark(), 7);
  Look(8);
  Beats(9, 12);
  EXPECT_EQ(Mark(), 11);
  EXPECT_EQ(mark_.kept()->peer_created, created_);
}

TEST_F(ClosedMark, WhatWasKeptStands) {
  mark_ = Watermark(Watermark::Kept{100, At(-600)});
  Look(1);
  EXPECT_EQ(Mark(), -600);
  Beats(2, 5);
  EXPECT_EQ(mark_.kept(), (Watermark::Kept{100, At(4)}));
}

// Hours of backlog: the rounds that are kept are bounded, and what is known stays near the truth.
TEST_F(WatermarkTest, ALongBacklogIsKnownToAFewRounds) {
  mark_ = Watermark(std::nullopt, 64);
  servers_.erase(kB);
  Server& a = servers_[kA];
  Round(0);
  for (int i = 1; i <= 7200; ++i) {
    a.written = 100 + static_cast<uint64_t>(i);
    Round(i);
  }
  for (int shipped = 0; shipped <= 7200; shipped += 100) {
    a.shipped = 100 + static_cast<uint64_t>(shipped);
    Look();
    EXPECT_LE(*Mark(), shipped);
    EXPECT_GE(*Mark(), shipped - 2 * 7200 / 64);
  }
}

// A source in memory that writes, rolls its WALs, ships, dies and is started anew at random, as the
// truth to hold the watermark against.
class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {
    Start();
    Start();
  }

  void Step() {
    if (is_quiet_) return;
    now_ += Uniform(1, 400) / 1000.0;
    const int what = Uniform(0, 99);
    if (what < 35) {
      Write();
    } else if (what < 84) {
      Ship();
    } else if (what < 90) {
      Roll();
    } else if (what < 92) {
      Kill();
    } else if (what < 94) {
      Start();
    } else if (what < 98) {
      Claim();
    } else {
      Rewind();
    }
  }

  // One round of the agent, with steps of the world between its own.
  Pulse Beat() {
    Pulse pulse;
    pulse.sent = At(now_);
    for (const Writer& writer : writers_)
      if (writer.lives) pulse.live.push_back(writer.name);
    Step();
    for (Writer& writer : writers_) {
      const bool was_there =
          std::find(pulse.live.begin(), pulse.live.end(), writer.name) != pulse.live.end();
      if (!writer.lives || !was_there || Uniform(0, 9) == 0) continue;
      Append(&writer);
      pulse.beaten.insert(writer.name);
    }
    Step();
    pulse.queues = Queues();
    Step();
    for (const WalQueue& queue : pulse.queues.queues) {
      for (const QueuedWal& wal : queue.wals) {
        if (!is_quiet_ && Uniform(0, 9) == 0) continue;
        WalFile file;
        file.bytes = 85;
        file.header_bytes = 85;
        for (const Writer& writer : writers_)
          for (const Wal& written : writer.wals)
            if (written.name == wal.name) file.bytes += written.edits.size();
        for (const auto& [name, size] : sizes_of_gone_)
          if (name == wal.name) file.bytes += size;
        pulse.lengths.emplace(wal.name, file);
      }
    }
    return pulse;
  }

  QueueReading Queues() const {
    QueueReading reading;
    reading.peer_enabled = true;
    reading.peer_stamp.emplace();
    for (const Writer& writer : writers_) {
      WalQueue queue;
      queue.owner = writer.name;
      queue.queue_id = "1";
      queue.owner_alive = writer.lives;
      if (writer.claimed_by) {
        queue.owner = *writer.claimed_by;
        queue.owner_alive = true;
        queue.queue_id = "1-" + writer.name.ToString();
        queue.dead_servers = {writer.name};
      }
      for (const Wal& wal : writer.wals) {
        QueuedWal queued{wal.name, std::nullopt, 0};
        if (wal.shipped > 0) queued.position = 85 + wal.shipped;
        queue.wals.push_back(queued);
      }
      if (!queue.wals.empty()) reading.queues.push_back(queue);
    }
    return reading;
  }

  // When the oldest edit that is not on the target was written; InfiniteFuture: all are.
  absl::Time OldestWaiting() const {
    double oldest = 1e18;
    for (const Writer& writer : writers_)
      for (const Wal& wal : writer.wals)
        for (size_t i = wal.arrived; i < wal.edits.size(); ++i)
          oldest = std::min(oldest, wal.edits[i]);
    return oldest > 1e17 ? absl::InfiniteFuture() : At(oldest);
  }

  // Nobody writes any more, and everything arrives.
  void Settle() {
    is_quiet_ = true;
    for (Writer& dead : writers_)
      if (!dead.lives) dead.claimed_by = AnyAlive();
    for (Writer& writer : writers_) {
      while (!writer.wals.empty() && ShipSome(&writer, 1000)) {
      }
    }
    std::erase_if(writers_, [](const Writer& writer) { return !writer.lives; });
  }

 private:
  struct Wal {
    std::string name;
    std::vector<double> edits;  // when each was written
    size_t shipped = 0;         // as ZooKeeper has it
    size_t arrived = 0;         // on the target: more, when the source was begun anew
  };
  struct Writer {
    ServerName name;
    bool lives = true;
    std::optional<ServerName> claimed_by;
    std::vector<Wal> wals;
  };

  int Uniform(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  Writer& Any() {
    return writers_[static_cast<size_t>(Uniform(0, static_cast<int>(writers_.size()) - 1))];
  }

  ServerName AnyAlive() const {
    for (const Writer& writer : writers_)
      if (writer.lives) return writer.name;
    return {};
  }

  void Start() {
    Writer writer;
    writer.name = ServerName{"h" + std::to_string(Uniform(1, 3)), 1, ++start_codes_};
    writers_.push_back(writer);
  }

  void Append(Writer* writer) {
    if (writer->wals.empty()) NewWal(writer);
    writer->wals.back().edits.push_back(now_);
  }

  void NewWal(Writer* writer) {
    Wal wal;
    wal.name = WalOf(writer->name, ++wals_);
    writer->wals.push_back(wal);
  }

  void Write() {
    Writer& writer = Any();
    if (writer.lives) Append(&writer);
  }

  void Roll() {
    Writer& writer = Any();
    if (writer.lives && !writer.wals.empty() && !writer.wals.back().edits.empty()) NewWal(&writer);
  }

  // A batch arrives, and then its position is written; false when nothing was left to ship.
  bool ShipSome(Writer* writer, size_t batch) {
    if (!writer->lives && !writer->claimed_by) return false;
    Wal& first = writer->wals.front();
    const bool is_last = writer->wals.size() == 1;
    if (first.shipped == first.edits.size()) {
      if (is_last && writer->lives) return false;
      sizes_of_gone_[first.name] = first.edits.size();
      writer->wals.erase(writer->wals.begin());
      return true;
    }
    first.shipped = std::min(first.shipped + batch, first.edits.size());
    first.arrived = std::max(first.arrived, first.shipped);
    return true;
  }

  void Ship() {
    Writer& writer = Any();
    if (!writer.wals.empty()) ShipSome(&writer, static_cast<size_t>(Uniform(1, 20)));
    if (!writer.lives && writer.claimed_by && writer.wals.empty() && writers_.size() > 1)
      std::erase_if(writers_, [&writer](const Writer& other) { return other.name == writer.name; });
  }

  void Kill() {
    Writer& writer = Any();
    size_t alive = 0;
    for (const Writer& other : writers_) alive += other.lives;
    if (writer.lives && alive > 1) writer.lives = false;
    for (Writer& other : writers_)
      if (other.claimed_by == writer.name && !writer.lives) other.claimed_by.reset();
  }

  void Claim() {
    Writer& dead = Any();
    if (dead.lives || dead.claimed_by) return;
    for (const Writer& other : writers_)
      if (other.lives) dead.claimed_by = other.name;
  }

  void Rewind() {
    Writer& writer = Any();
    if (!writer.wals.empty()) writer.wals.front().shipped = 0;
  }

  std::mt19937 random_;
  double now_ = 0;
  bool is_quiet_ = false;
  uint64_t start_codes_ = 0;
  int wals_ = 0;
  std::vector<Writer> writers_;
  std::map<std::string, size_t> sizes_of_gone_;
};

TEST(WatermarkModel, NeverBeyondTheTruthAndThereInTheEnd) {
  int moved = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    Model model(seed);
    Watermark mark(std::nullopt, 16);
    std::optional<absl::Time> before;
    for (int i = 0; i < 200; ++i) {
      model.Step();
      if (i % 3 == 0) mark.Learn(model.Beat());
      if (i % 2 == 0) mark.Look(model.Queues());
      ASSERT_FALSE(before && mark.at() < before) << "it went back, seed " << seed;
      moved += mark.at() != before;
      before = mark.at();
      if (!before) continue;
      ASSERT_LE(*before, model.OldestWaiting()) << "seed " << seed << " step " << i;
    }
    model.Settle();
    const Pulse last = model.Beat();
    mark.Learn(last);
    model.Settle();
    mark.Look(model.Queues());
    ASSERT_EQ(mark.at(), last.sent) << "seed " << seed;
  }
  EXPECT_GT(moved, 500 * 10) << "it hardly moved: it proves little";
}

}  // namespace
}  // namespace twinwatch
