#include "tests/support/ledger_fixture.h"

namespace twinwatch::ledger {
namespace {

class LedgerMarks : public LedgerTest {
 protected:
  void SetUp() override { OpenAll(); }

  std::optional<Mark> FullPass() {
    auto marks = ledger_->Marks(pair_);
    EXPECT_TRUE(marks.ok()) << marks.status();
    return (*marks)[Table("t")].full_pass_at;
  }
  void SetFullPass(const Mark& mark, bool force = false) {
    ASSERT_TRUE(ledger_->SetMark(pair_, Table("t"), MarkKind::kFullPassAt, mark, force).ok());
  }
};

TEST_F(LedgerMarks, WhatAMarkRestsOnComesBack) {
  const Mark full{At(5), "r1", "position", {"f", "g"}, true};
  const Mark writes{At(7), "r2", "heartbeats", {}, false};
  SetFullPass(full);
  ASSERT_TRUE(ledger_->SetMark(pair_, Table("t"), MarkKind::kWritesVerifiedUntil, writes).ok());
  auto marks = ledger_->Marks(pair_);
  ASSERT_TRUE(marks.ok()) << marks.status();
  ASSERT_EQ(marks->size(), 1u);
  EXPECT_EQ((*marks)[Table("t")].full_pass_at, full);
  EXPECT_EQ((*marks)[Table("t")].writes_verified_until, writes);
  EXPECT_EQ((*marks)[Table("t")].sample, std::nullopt);
}

TEST_F(LedgerMarks, AMarkNeverGoesBackUnlessItIsForced) {
  SetFullPass({At(5), "r1", "position", {}, false});
  SetFullPass({At(4), "r2", "position", {}, false});
  EXPECT_EQ(FullPass()->run, "r1");
  SetFullPass({At(6), "r3", "position", {}, false});
  EXPECT_EQ(FullPass()->run, "r3");
  SetFullPass({At(1), "r4", "position", {}, false}, true);
  EXPECT_EQ(FullPass()->run, "r4");
}

TEST_F(LedgerMarks, TheLastSample) {
  const SampleMark sample{At(5), "r1", 1000, 0.95, 2995.5};
  ASSERT_TRUE(ledger_->SetSample(pair_, Table("t"), sample).ok());
  ASSERT_TRUE(ledger_->SetSample(pair_, Table("t"), {At(4), "r0", 1, 0.5, 1}).ok());
  auto marks = ledger_->Marks(pair_);
  ASSERT_TRUE(marks.ok()) << marks.status();
  EXPECT_EQ((*marks)[Table("t")].sample, sample);
  EXPECT_EQ((*marks)[Table("t")].full_pass_at, std::nullopt);
}

}  // namespace
}  // namespace twinwatch::ledger
