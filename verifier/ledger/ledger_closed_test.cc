#include <gmock/gmock.h>

#include "tests/support/ledger_fixture.h"

namespace twinwatch::ledger {
namespace {

class LedgerClosed : public LedgerTest {
 protected:
  LedgerClosed() { OpenAll(); }

  void Keep(int seconds, std::vector<ClosedMember> members, const std::string& peer = "1") {
    EXPECT_TRUE(ledger_->KeepClosedWatch("id-a", peer, {At(seconds), "m,1,1", members}).ok());
  }
  std::vector<ClosedMember> Members() { return (*ledger_->ClosedWatchOf("id-a", "1"))->members; }
  Status Waive(const std::string& server) {
    return ledger_->WaiveMember("id-a", "1", server, kWaiver);
  }

  const Waiver kWaiver{"decommissioned", "ann", At(50)};
  const ClosedMember kLive{"a,1,1", true, true, At(1), std::nullopt};
  const ClosedMember kDead{"b,1,1", false, false, At(2), std::nullopt};
};

TEST_F(LedgerClosed, NothingIsKnownAtFirst) {
  EXPECT_EQ(*ledger_->ClosedWatchOf("id-a", "1"), std::nullopt);
}

TEST_F(LedgerClosed, TheLastLookIsKeptByPeer) {
  Keep(10, {kLive, kDead});
  Keep(10, {}, "2");
  EXPECT_EQ(*ledger_->ClosedWatchOf("id-a", "1"), (ClosedWatch{At(10), "m,1,1", {kLive, kDead}}));
  Keep(11, {kLive});
  EXPECT_THAT(Members(), testing::ElementsAre(kLive));
  Keep(5, {kDead});
  EXPECT_THAT(Members(), testing::ElementsAre(kLive)) << "another process has looked later";
}

TEST_F(LedgerClosed, AWaiverStaysAsLongAsTheDoubtIsTheSame) {
  Keep(10, {kLive, kDead});
  ASSERT_TRUE(Waive("b,1,1").ok());
  ClosedMember waived = kDead;
  waived.waived = kWaiver;
  EXPECT_THAT(Members(), testing::ElementsAre(kLive, waived));
  Keep(60, {kLive, kDead});
  EXPECT_THAT(Members(), testing::ElementsAre(kLive, waived));
  ClosedMember again = kDead;
  again.since = At(61);
  Keep(61, {kLive, again});
  EXPECT_THAT(Members(), testing::ElementsAre(kLive, again));
}

TEST_F(LedgerClosed, OnlyTheDeadAreWaived) {
  Keep(10, {kLive, kDead});
  EXPECT_EQ(Waive("a,1,1").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Waive("c,1,1").code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Members(), testing::ElementsAre(kLive, kDead));
}

}  // namespace
}  // namespace twinwatch::ledger
