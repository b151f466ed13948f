#include "tests/support/ledger_fixture.h"

namespace twinwatch::ledger {
namespace {

class LedgerFuture : public LedgerTest {
 protected:
  void SetUp() override { OpenAll(); }

  static FutureCells Found(int seconds) {
    FutureCells found;
    found.cells = 3;
    found.markers = 1;
    found.at_least = true;
    found.furthest_ms = uint64_t{INT64_MAX};
    found.rows = {{std::string("\x00\xff", 2), "f", 1'795'455'484'000, false},
                  {"b", "g", uint64_t{INT64_MAX}, true}};
    found.as_of = At(seconds);
    return found;
  }
  static FutureCells None(int seconds) {
    FutureCells found;
    found.as_of = At(seconds);
    return found;
  }
  void Keep(const FutureCells& found, const std::string& table = "t") {
    const Status status = ledger_->KeepFutureCells(pair_, Table(table), found);
    ASSERT_TRUE(status.ok()) << status;
  }
  std::map<TableName, FutureCells> All() {
    auto all = ledger_->AllFutureCells(pair_);
    EXPECT_TRUE(all.ok()) << all.status();
    return *all;
  }
};

TEST_F(LedgerFuture, ComesBackAfterARestart) {
  EXPECT_TRUE(All().empty());
  Keep(Found(1));
  Keep(None(2), "u");
  ledger_.reset();
  OpenAll();
  EXPECT_EQ(All().size(), 2u);
  EXPECT_EQ(All()[Table("t")], Found(1));
  EXPECT_EQ(All()[Table("u")], None(2));
}

TEST_F(LedgerFuture, TheLastLookCounts) {
  Keep(Found(1));
  Keep(None(2));
  EXPECT_EQ(All()[Table("t")], None(2));
  Keep(Found(1));
  EXPECT_EQ(All()[Table("t")], None(2));
  Keep(Found(2));
  EXPECT_EQ(All()[Table("t")], Found(2));
}

TEST_F(LedgerFuture, ATableIsForgotten) {
  Keep(Found(1));
  Keep(Found(1), "u");
  ASSERT_TRUE(ledger_->ForgetFutureCells(pair_, Table("t")).ok());
  EXPECT_FALSE(All().contains(Table("t")));
  EXPECT_EQ(All()[Table("u")], Found(1));
  Keep(Found(0));
  EXPECT_EQ(All()[Table("t")], Found(0));
}

TEST_F(LedgerFuture, OfAnotherPairNothingIsTold) {
  Keep(Found(1));
  Pair other = TwoClusters();
  other.target_id = "id-c";
  const StatusOr<PairId> id = ledger_->NotePair(other, At(0));
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_TRUE(ledger_->AllFutureCells(*id)->empty());
}

}  // namespace
}  // namespace twinwatch::ledger
