#include "agent/app/link_verifier.h"

#include <gtest/gtest.h>

#include "tests/support/ledger_fixture.h"

namespace twinwatch::app {
namespace {

using ledger::Ledger;

// Nothing is connected to: the clusters of these links do not answer.
class LinkVerifierTest : public ledger::LedgerTest {
 protected:
  LinkVerifierTest() { OpenAll(); }

  static LinkSpec Spec() {
    LinkSpec spec;
    spec.name = "a-b";
    spec.source = *ClusterKey::Parse("zk1:2181:/hbase");
    spec.target = *ClusterKey::Parse("zk2:2181:/hbase");
    return spec;
  }
  LinkVerifier Verifier(LinkSpec spec = Spec()) {
    return LinkVerifier(io_.get_executor(), std::move(spec), VerifyConfig(), ledger_.get(), nullptr,
                        [this] { ++changes_; });
  }
  void Compare(Ledger* ledger, const std::string& row) {
    ASSERT_TRUE(ledger->Note(pair_, By("r1", 10), {Confirmed(row)}).ok());
    ledger::Mark mark;
    mark.at = absl::Now() - absl::Hours(1);
    mark.run = "r1";
    ASSERT_TRUE(ledger->SetMark(pair_, Table("t"), ledger::MarkKind::kFullPassAt, mark).ok());
  }

  boost::asio::io_context io_;
  int changes_ = 0;
};

TEST_F(LinkVerifierTest, NothingIsKnownBeforeAComparison) {
  LinkVerifier verifier = Verifier();
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  EXPECT_EQ(verifier.pair(), pair_);
  EXPECT_FALSE(verifier.ever_drifted());
  EXPECT_TRUE(verifier.tables(absl::Now()).empty());
  EXPECT_FALSE(verifier.totals().unknown_rows);
}

TEST_F(LinkVerifierTest, ARestartRemembersWhatDiffersThoughNobodyAnswers) {
  Compare(ledger_.get(), "a");
  LinkVerifier verifier = Verifier();
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  EXPECT_EQ(verifier.pair(), pair_);
  EXPECT_EQ(verifier.ever_drifted()->missing, 1u);
  const std::vector<TableMarks> tables = verifier.tables(absl::Now());
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_EQ(tables[0].drift->missing, 1u);
  EXPECT_EQ(tables[0].coverage, 1.0);
  EXPECT_FALSE(tables[0].first_seen);  // in no scope that anybody has seen
}

TEST_F(LinkVerifierTest, AnotherLinkIsAnotherPair) {
  Compare(ledger_.get(), "a");
  LinkSpec other = Spec();
  other.target = *ClusterKey::Parse("zk3:2181:/hbase");
  LinkVerifier elsewhere = Verifier(other);
  ASSERT_TRUE(elsewhere.LookAtLedger().ok());
  EXPECT_EQ(elsewhere.pair(), 0);
  EXPECT_FALSE(elsewhere.ever_drifted());
}

TEST_F(LinkVerifierTest, WhatACommandWritesIsSeen) {
  LinkVerifier verifier = Verifier();
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  const auto command = Ledger::Open(path_, ledger::OpenMode::kExisting);
  ASSERT_TRUE(command.ok());
  Compare(command->get(), "a");
  const int before = changes_;
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  EXPECT_EQ(verifier.tables(absl::Now()).at(0).DriftRows(), 1u);
  EXPECT_EQ(changes_, before + 1);
  // Nobody wrote since.
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  EXPECT_EQ(changes_, before + 1);
  ASSERT_TRUE((*command)->Waive(pair_, Table("t"), {}, {"known", "me", At(20)}).ok());
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  EXPECT_EQ(verifier.tables(absl::Now()).at(0).drift->Sum(), 0u);
}

TEST_F(LinkVerifierTest, TheFirstPairOfItsClustersIsSeenToo) {
  LinkSpec spec = Spec();
  spec.target = *ClusterKey::Parse("zk3:2181:/hbase");
  LinkVerifier verifier = Verifier(spec);
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  ASSERT_EQ(verifier.pair(), 0);
  const auto command = Ledger::Open(path_, ledger::OpenMode::kExisting);
  ASSERT_TRUE(command.ok());
  ledger::Pair pair = TwoClusters();
  pair.target_id = "id-c";
  pair.target_name = "zk3:2181:/hbase";
  const auto noted = (*command)->NotePair(pair, At(1));
  ASSERT_TRUE(noted.ok());
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  EXPECT_EQ(verifier.pair(), *noted);
}

// In their place at the same address: what is known of the old ones is not theirs.
TEST_F(LinkVerifierTest, OtherClustersAreNotShownTheDriftOfTheOld) {
  Compare(ledger_.get(), "a");
  LinkVerifier verifier = Verifier();
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  verifier.SidesAre(std::nullopt, std::nullopt);
  verifier.SidesAre("id-a", std::nullopt);
  verifier.SidesAre(std::nullopt, "id-b");
  EXPECT_EQ(verifier.pair(), pair_);
  verifier.SidesAre("id-a", "id-new");
  EXPECT_EQ(verifier.pair(), 0);
  EXPECT_FALSE(verifier.ever_drifted());
  EXPECT_TRUE(verifier.tables(absl::Now()).empty());
  const auto command = Ledger::Open(path_, ledger::OpenMode::kExisting);
  ASSERT_TRUE(command.ok());
  Compare(command->get(), "b");
  ASSERT_TRUE(verifier.LookAtLedger().ok());
  EXPECT_EQ(verifier.pair(), 0);
}

}  // namespace
}  // namespace twinwatch::app
