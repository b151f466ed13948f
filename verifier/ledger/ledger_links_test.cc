#include <gmock/gmock.h>

#include "tests/support/ledger_fixture.h"

namespace twinwatch::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LedgerLinks : public LedgerTest {
 protected:
  LedgerLinks() { OpenAll(); }

  void See(PeerState state, int seconds, const std::string& peer = "1") {
    EXPECT_TRUE(ledger_->NotePeer("id-a", peer, {At(seconds), state}).ok());
  }
  std::vector<PeerChange> History(const std::string& peer = "1") {
    return *ledger_->PeerHistory("id-a", peer);
  }
  std::vector<MissingWal> Wals() { return *ledger_->MissingWals("id-a", "1"); }
  MissingWal Wal(const std::string& name, int begun) {
    return {name, At(begun), At(begun + 60), At(begun + 90)};
  }
};

TEST_F(LedgerLinks, AStateIsKeptWhenItIsNewsAndByPeer) {
  See(PeerState::kEnabled, 0);
  See(PeerState::kEnabled, 5);
  See(PeerState::kDisabled, 10);
  See(PeerState::kDisabled, 10);
  See(PeerState::kRemoved, 20);
  See(PeerState::kDisabled, 7, "2");
  EXPECT_THAT(History(), ElementsAre(PeerChange{At(0), PeerState::kEnabled},
                                     PeerChange{At(10), PeerState::kDisabled},
                                     PeerChange{At(20), PeerState::kRemoved}));
  EXPECT_THAT(History("2"), SizeIs(1));
  EXPECT_THAT(*ledger_->PeerHistory("id-b", "1"), IsEmpty());
}

TEST_F(LedgerLinks, APairIsFoundByWhereItsClustersWereLastSeen) {
  const LinkName link{"a-b", "zk1:2181:/hbase"};
  const std::string there = "zk2:2181:/hbase";
  EXPECT_EQ((*ledger_->PairOfLink(link, there))->id, pair_);
  EXPECT_EQ((*ledger_->PairOfLink(link, std::nullopt))->id, pair_);
  EXPECT_EQ((*ledger_->PairOfLink({"other", link.source}, there))->target_id, "id-b");
  EXPECT_FALSE(*ledger_->PairOfLink({"other", link.source}, std::nullopt));
  EXPECT_FALSE(*ledger_->PairOfLink(link, "zk3:2181:/hbase"));
  EXPECT_FALSE(*ledger_->PairOfLink({"a-b", "zk9:2181:/hbase"}, there));
  Pair newer = TwoClusters();
  newer.target_id = "id-c";
  ASSERT_TRUE(ledger_->NotePair(newer, At(5)).ok());
  EXPECT_EQ((*ledger_->PairOfLink(link, there))->target_id, "id-c");
}

TEST_F(LedgerLinks, WhatSomebodyElseWroteIsSeen) {
  const int64_t before = *ledger_->DataVersion();
  See(PeerState::kEnabled, 0);
  EXPECT_EQ(*ledger_->DataVersion(), before);
  const auto other = Ledger::Open(path_, OpenMode::kExisting);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(*ledger_->DataVersion(), before);
  ASSERT_TRUE((*other)->NotePeer("id-a", "1", {At(9), PeerState::kDisabled}).ok());
  EXPECT_NE(*ledger_->DataVersion(), before);
}

// A clock that stands behind another must not turn the order around.
TEST_F(LedgerLinks, NoStateBeginsBeforeTheOneBeforeIt) {
  See(PeerState::kDisabled, 10);
  See(PeerState::kEnabled, 5);
  EXPECT_THAT(History(), ElementsAre(PeerChange{At(10), PeerState::kDisabled},
                                     PeerChange{At(10), PeerState::kEnabled}));
}

TEST_F(LedgerLinks, APeerThatFlapsIsBounded) {
  for (int i = 0; i < 350; ++i) See(i % 2 == 0 ? PeerState::kEnabled : PeerState::kDisabled, i);
  EXPECT_THAT(History(), SizeIs(300));
  EXPECT_EQ(History().front().at, At(50));
}

TEST_F(LedgerLinks, AMissingWalIsKeptAsItWasFirstSeen) {
  EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "1", Wal("b", 60)).ok());
  EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "1", Wal("a", 0)).ok());
  EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "1", Wal("a", 7)).ok());
  EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "2", Wal("c", 0)).ok());
  EXPECT_THAT(Wals(), ElementsAre(Wal("a", 0), Wal("b", 60)));
}

TEST_F(LedgerLinks, ManyMissingWalsAreBounded) {
  for (int i = 0; i < 350; ++i)
    EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "1", Wal(std::to_string(i), i)).ok());
  EXPECT_THAT(Wals(), SizeIs(300));
}

TEST_F(LedgerLinks, WhatEndedIsForgottenAfterNinetyDaysAndWhatHoldsIsNot) {
  See(PeerState::kEnabled, 0);
  See(PeerState::kDisabled, 100);
  See(PeerState::kEnabled, 200);
  EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "1", Wal("a", 0)).ok());
  EXPECT_TRUE(ledger_->NoteMissingWal("id-a", "1", Wal("b", 100)).ok());
  const absl::Duration kept = absl::Hours(90 * 24);
  ASSERT_TRUE(ledger_->Prune(At(150) + kept).ok());
  EXPECT_THAT(History(), ElementsAre(PeerChange{At(100), PeerState::kDisabled},
                                     PeerChange{At(200), PeerState::kEnabled}));
  EXPECT_THAT(Wals(), ElementsAre(Wal("b", 100)));
  ASSERT_TRUE(ledger_->Prune(At(1000) + kept).ok());
  EXPECT_THAT(History(), ElementsAre(PeerChange{At(200), PeerState::kEnabled}));
}

TEST_F(LedgerLinks, AWatermarkNeverGoesBackUnlessThePeerIsAnother) {
  EXPECT_EQ(*ledger_->Watermark("id-a", "1"), std::nullopt);
  const auto keep = [this](int64_t created, int seconds) {
    EXPECT_TRUE(
        ledger_->KeepWatermark("id-a", "1", {"a-b", "zk"}, {created, At(seconds)}, At(50)).ok());
    return **ledger_->Watermark("id-a", "1");
  };
  EXPECT_EQ(keep(7, 10), (KeptWatermark{7, At(10)}));
  EXPECT_EQ(keep(7, 20), (KeptWatermark{7, At(20)}));
  EXPECT_EQ(keep(7, 15), (KeptWatermark{7, At(20)}));
  EXPECT_EQ(keep(8, 5), (KeptWatermark{8, At(5)}));
  EXPECT_EQ(*ledger_->Watermark("id-a", "2"), std::nullopt);
  EXPECT_EQ((*ledger_->WatermarkOfLink({"a-b", "zk"}))->at, At(5));
  EXPECT_EQ((*ledger_->WatermarkOfLink({"a-b", "zk"}))->peer, "1");
  EXPECT_FALSE(ledger_->WatermarkOfLink({"b-a", "zk"})->has_value());
  EXPECT_FALSE(ledger_->WatermarkOfLink({"a-b", "other"})->has_value());
  EXPECT_EQ(keep(8, 99), (KeptWatermark{8, At(99)}));
  EXPECT_EQ(keep(8, 40), (KeptWatermark{8, At(40)})) << "what lies in the future was a wrong clock";
}

}  // namespace
}  // namespace twinwatch::ledger
