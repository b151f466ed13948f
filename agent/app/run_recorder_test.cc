#include "agent/app/run_recorder.h"

#include <gmock/gmock.h>

#include "tests/support/ledger_fixture.h"

namespace twinwatch::app {
namespace {

class Nobody : public VerifyObserver {
 public:
  void OnFinding(const Finding&) override {}
  void OnProgress(const TableName&, double, uint64_t, std::string_view) override {}
};

class RunRecorderTest : public ledger::LedgerTest {
 protected:
  RunRecorderTest() { OpenAll(); }

  Nobody nobody_;
};

// Findings are written long before the causes are known.
TEST_F(RunRecorderTest, CausesComeToTheRowsThatWereWrittenBefore) {
  RecordedRun run;
  run.id = "r1";
  run.pair = TwoClusters();
  run.begun = At(0);
  run.tables = {Table("t")};
  const auto recorder = RunRecorder::Begin(ledger_.get(), run, &nobody_);
  ASSERT_TRUE(recorder.ok()) << recorder.status();
  VerifyResult result;
  result.run = "r1";
  result.ended = At(9);
  for (int i = 0; i < 700; ++i) {
    Finding finding;
    finding.table = Table("t");
    finding.row = std::to_string(1000 + i);
    finding.confirmed_by = "none";
    (*recorder)->OnFinding(finding);
    finding.cause = "cause of " + finding.row;
    finding.evidence = "evidence";
    result.findings.push_back(finding);
  }
  ASSERT_TRUE((*recorder)->End(result).ok());
  const auto open = ledger_->OpenDrift(pair_, {});
  ASSERT_TRUE(open.ok());
  ASSERT_EQ(open->size(), 700u);
  for (const ledger::DriftRecord& record : *open) EXPECT_EQ(record.cause, "cause of " + record.row);
  const auto row = ledger_->Row(pair_, Table("t"), "1000");
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ((*row)->events.size(), 1u);
}

}  // namespace
}  // namespace twinwatch::app
