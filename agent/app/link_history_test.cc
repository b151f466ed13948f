#include "agent/app/link_history.h"

#include <gmock/gmock.h>

#include "tests/fakes/fake_cluster.h"
#include "tests/support/ledger_fixture.h"
#include "tests/support/run_coro.h"

namespace twinwatch::app {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

absl::Time Ms(int64_t ms) { return absl::FromUnixMillis(ms); }

QueueReading PeerZnodes(bool enabled) {
  QueueReading reading;
  reading.peer_enabled = enabled;
  reading.peer_times = PeerTimes{1000, 3000};
  return reading;
}

TEST(LinkHistoryTest, APeerIsInItsStateSinceItsZnodeWasChanged) {
  using S = ledger::PeerState;
  EXPECT_EQ(StateOf(false, PeerZnodes(false), Ms(9000)),
            (ledger::PeerChange{Ms(3000), S::kDisabled}));
  EXPECT_EQ(StateOf(true, PeerZnodes(true), Ms(9000)), (ledger::PeerChange{Ms(3000), S::kEnabled}));
  // An old znode that lies, a clock that runs ahead, no znode.
  EXPECT_EQ(StateOf(true, PeerZnodes(false), Ms(9000)),
            (ledger::PeerChange{Ms(9000), S::kEnabled}));
  EXPECT_EQ(StateOf(true, PeerZnodes(true), Ms(2000)), (ledger::PeerChange{Ms(2000), S::kEnabled}));
  EXPECT_EQ(StateOf(true, {}, Ms(9000)), (ledger::PeerChange{Ms(9000), S::kEnabled}));
}

TEST(LinkHistoryTest, ALostWalEndsWhereTheNextOfItsGroupBegins) {
  QueueReading reading;
  WalQueue& queue = reading.queues.emplace_back();
  for (const char* name :
       {"a%2C1%2C10.b.5000", "a%2C1%2C10.5000", "a%2C1%2C10.7000", "a%2C1%2C10.9000", "no name"}) {
    queue.wals.emplace_back().name = name;
  }
  const auto wals = Described({"a%2C1%2C10.5000", "a%2C1%2C10.9000", "no name", "unknown.1"},
                              reading, Ms(20'000));
  EXPECT_THAT(wals,
              ElementsAre(ledger::MissingWal{"a%2C1%2C10.5000", Ms(5000), Ms(7000), Ms(20'000)},
                          ledger::MissingWal{"a%2C1%2C10.9000", Ms(9000), Ms(20'000), Ms(20'000)}));
}

class RecallTest : public ledger::LedgerTest {
 protected:
  RecallTest() {
    OpenAll();
    peer_.id = "1";
  }

  LinkHistory Recall() { return *RunCoro(NoteAndRecall(ledger_.get(), "id-a", &cluster_, peer_)); }

  FakeCluster cluster_{"a"};
  Peer peer_;
};

TEST_F(RecallTest, EachVerificationNotesThePeerAndAllThatWasNotedComesBack) {
  cluster_.queues = PeerZnodes(true);
  EXPECT_THAT(Recall().peer, ElementsAre(Field(&PeerObservation::at, Ms(3000))));
  peer_.enabled = false;
  cluster_.queues = PeerZnodes(false);
  cluster_.queues.peer_times->state_since_ms = 5000;
  EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "1", {"w.1", Ms(1), Ms(2), Ms(3)}).ok());
  const LinkHistory history = Recall();
  ASSERT_EQ(history.peer.size(), 2u);
  EXPECT_EQ(history.peer[1].at, Ms(5000));
  EXPECT_EQ(history.peer[1].state, PeerState::kDisabled);
  EXPECT_EQ(history.peer_created, Ms(1000));
  EXPECT_THAT(history.lost_wals, ElementsAre(Field(&LostWal::name, "w.1")));
}

TEST_F(RecallTest, WithoutZnodesTheStateIsNotedAndTheCreationIsNotKnown) {
  cluster_.before_read_queues = [](int) { return absl::PermissionDeniedError("no"); };
  const LinkHistory history = Recall();
  EXPECT_EQ(history.peer.size(), 1u);
  EXPECT_EQ(history.peer_created, std::nullopt);
  EXPECT_THAT(history.lost_wals, IsEmpty());
}

}  // namespace
}  // namespace twinwatch::app
