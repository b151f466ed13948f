#include "agent/app/confirmed_drift.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace twinwatch::app {
namespace {

using ledger::DriftFinding;
using ledger::Ledger;

const absl::Time kNow = absl::FromUnixSeconds(1'764'000'000);
const TableName kTable{"default", "t"};

class ConfirmedDriftTest : public ::testing::Test {
 protected:
  ConfirmedDriftTest() {
    const std::string path = ::testing::TempDir() + "confirmed_drift.sqlite";
    for (const char* end : {"", "-wal", "-shm"}) std::remove((path + end).c_str());
    ledger_ = *Ledger::Open(path, ledger::OpenMode::kCreate);
    pair_ = *ledger_->NotePair({0, "s", "t", "source", "target", "l"}, kNow);
  }

  void Find(const std::string& row, DriftClass drift_class, bool confirmed = true,
            absl::Time at = kNow) {
    DriftFinding finding;
    finding.table = kTable;
    finding.row = row;
    finding.drift_class = drift_class;
    if (confirmed) {
      finding.confirmed_by = "position";
      finding.confirmed_at = at;
    }
    ASSERT_TRUE(ledger_->Note(pair_, {"run", at, {}}, {finding}).ok());
  }
  ConfirmedDrift Now(const std::set<TableName>& tables = {kTable}) {
    return *ConfirmedDriftOf(ledger_.get(), pair_, tables);
  }

  std::unique_ptr<Ledger> ledger_;
  ledger::PairId pair_ = 0;
};

TEST_F(ConfirmedDriftTest, IsTheSameAsLongAsTheRowsAre) {
  EXPECT_EQ(Now().digest, "");
  Find("a", DriftClass::kMissing);
  const ConfirmedDrift one = Now();
  EXPECT_EQ(one.rows, 1u);
  EXPECT_EQ(one.seen, kNow);
  Find("a", DriftClass::kMissing, true, kNow + absl::Minutes(1));
  EXPECT_EQ(Now().digest, one.digest);
  EXPECT_EQ(Now().seen, kNow + absl::Minutes(1));
  ASSERT_TRUE(ledger_->Advance(pair_, kTable, {"a"}, ledger::DriftState::kPlanned, kNow, "").ok());
  EXPECT_EQ(Now().digest, one.digest);
  Find("b", DriftClass::kMissing, true, kNow + absl::Minutes(2));
  EXPECT_NE(Now().digest, one.digest);
  ASSERT_TRUE(
      ledger_->Advance(pair_, kTable, {"b"}, ledger::DriftState::kRechecked, kNow, "").ok());
  EXPECT_EQ(Now().digest, one.digest);
  Find("a", DriftClass::kValue, true, kNow + absl::Minutes(3));
  EXPECT_NE(Now().digest, one.digest);
}

TEST_F(ConfirmedDriftTest, LeavesOutWhatIsNotToBeRepaired) {
  Find("suspect", DriftClass::kMissing, false);
  Find("marks", DriftClass::kMarks);
  Find("waived", DriftClass::kMissing);
  ASSERT_TRUE(ledger_->Waive(pair_, kTable, {"waived", "waivee"}, {"why", "me", kNow}).ok());
  EXPECT_EQ(Now().rows, 0u);
  Find("a", DriftClass::kMissing);
  EXPECT_EQ(Now().rows, 1u);
  EXPECT_EQ(Now({TableName{"default", "other"}}).digest, "");
  EXPECT_EQ(Now({kTable, TableName{"default", "other"}}).tables, std::vector{kTable});
}

}  // namespace
}  // namespace twinwatch::app
