#include "exporters/drift_text.h"

#include <gmock/gmock.h>

#include <sstream>

namespace twinwatch {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const absl::Time kThen = absl::FromUnixMillis(1795451884000);

TableName Orders() { return *TableName::Parse("orders"); }

ledger::DriftRecord Record() {
  ledger::DriftRecord record;
  record.table = Orders();
  record.row = std::string("cust\x00", 5);
  record.state = ledger::DriftState::kConfirmed;
  record.first_seen = kThen;
  record.last_seen = kThen + absl::Seconds(5);
  record.run = "r2";
  record.confirmed_by = "position";
  record.confirmed_at = kThen + absl::Seconds(4);
  record.cause = "written with SKIP_WAL";
  record.evidence = "the DURABILITY of orders is SKIP_WAL on the source";
  record.differing.Include(1795451880000);
  return record;
}

DriftView View() {
  DriftView view;
  view.pair = {1, "id-a", "id-b", "zk1:2181:/hbase", "zk2:2181:/hbase", "a-b"};
  view.last_run_ended = kThen;
  return view;
}

DriftView WithDrift() {
  DriftView view = View();
  view.rows = {Record()};
  ledger::OpenCounts& counts = view.counts[Orders()];
  counts.confirmed.missing = 1042;
  counts.suspected.value = 1;
  counts.waived = 3;
  return view;
}

TEST(DriftText, List) {
  EXPECT_EQ(DriftListText({WithDrift()}, {" --source zk1:2181:/hbase"}),
            R"(Pair zk1:2181:/hbase to zk2:2181:/hbase

TABLE   CLASS    STATE      FIRST SEEN            ROW
orders  missing  confirmed  2026-11-23T16:38:04Z  cust\x00

orders: confirmed 1,042 missing; suspected 1 value; 3 waived.
  likely cause: written with SKIP_WAL (the DURABILITY of orders is SKIP_WAL on
    the source)
  1,045 rows more: twinwatch drift list -t orders --format jsonl --source zk1:2181:/hbase

Rows:    twinwatch drift show -t orders --source zk1:2181:/hbase
DRIFT: 1,042 rows of 1 table are known to differ; 1 row is suspected; 3 waived
)");
}

TEST(DriftText, ARowWhoseRepairWasUndone) {
  ledger::DriftHistory history;
  history.record = Record();
  history.record.run.clear();
  const std::string text = DriftRowText({}, history, {});
  EXPECT_THAT(text, HasSubstr("its repair was undone 2026-11-23T16:38:09Z"));
  EXPECT_THAT(text, Not(HasSubstr("by run")));
}

TEST(DriftText, Verdicts) {
  DriftView view = View();
  EXPECT_THAT(DriftListText({view}, {}),
              EndsWith("NO DRIFT KNOWN, as of the last run, which ended 2026-11-23T16:38:04Z\n"));
  view.counts[Orders()].waived = 2;
  EXPECT_THAT(DriftListText({view}, {}), HasSubstr("KNOWN; 2 waived, as of the last run"));
  view.counts[Orders()].suspected.missing = 2;
  EXPECT_THAT(DriftListText({view}, {}),
              EndsWith("UNKNOWN: 2 rows are suspected to differ, none is confirmed; 2 waived\n"));
  view.last_run_ended.reset();
  EXPECT_THAT(DriftListText({View(), view}, {}), Not(HasSubstr("last run")));
}

TEST(DriftText, ATableWithWhatItsMarksRestOn) {
  DriftView view = WithDrift();
  view.marks[Orders()].full_pass_at = ledger::Mark{kThen, "r1", "heartbeats", {"g"}, true};
  view.marks[Orders()].sample = ledger::SampleMark{kThen, "r0", 10'000, 0.95, 300};
  const std::string text = DriftTableText(view, Orders(), {});
  EXPECT_THAT(text, HasSubstr("  writes verified until never\n"));
  EXPECT_THAT(text, HasSubstr("  full pass began 2026-11-23T16:38:04Z (by heartbeats, run r1, keys "
                              "only,\n    without g)\n"));
  EXPECT_THAT(text, HasSubstr("0 of 10,000 rows differ; with 95 % confidence\n    less than 300"));
  EXPECT_THAT(text, HasSubstr("remembered, and not seen now"));
  EXPECT_THAT(text, EndsWith("DRIFT: 1,042 rows of 1 table are known to differ; 1 row is "
                             "suspected; 3 waived\n"));
}

TEST(DriftText, ATableOfWhichNothingDiffers) {
  const std::string text = DriftTableText(WithDrift(), *TableName::Parse("other"), {});
  EXPECT_THAT(text, HasSubstr("other: nothing is known to differ.\n"));
  EXPECT_THAT(text, HasSubstr("NO DRIFT KNOWN"));
}

TEST(DriftText, ARowWithItsHistory) {
  ledger::DriftHistory history;
  history.record = Record();
  history.events = {{kThen, "r1", ledger::DriftState::kSuspected, "first seen"},
                    {kThen + absl::Seconds(5), "", ledger::DriftState::kConfirmed, "confirmed"}};
  EXPECT_EQ(DriftRowText(View().pair, history, {}), R"(Pair zk1:2181:/hbase to zk2:2181:/hbase
orders, row cust\x00 (base64 Y3VzdAA=)
  missing: only on the source
  first seen 2026-11-23T16:38:04Z, last seen 2026-11-23T16:38:09Z by run r2
  the cells that differ were written 2026-11-23T16:38:00Z (their timestamps)
  confirmed by position: replication had passed it at 2026-11-23T16:38:08Z
  not compared: older versions, delete markers
  likely cause: written with SKIP_WAL
  evidence: the DURABILITY of orders is SKIP_WAL on the source
  All this is remembered, and not seen now.

TIME                  STATE      WHAT
2026-11-23T16:38:04Z  suspected  first seen (run r1)
2026-11-23T16:38:09Z  confirmed  confirmed

DRIFT: confirmed since 2026-11-23T16:38:04Z
)");
}

TEST(DriftText, RowsThatAreNoDrift) {
  ledger::DriftHistory history;
  history.record = Record();
  history.record.state = ledger::DriftState::kSuspected;
  history.record.confirmed_by.reset();
  EXPECT_THAT(DriftRowText({}, history, {}), HasSubstr("confirmed by nothing"));
  EXPECT_THAT(DriftRowText({}, history, {}), HasSubstr("\nUNKNOWN: suspected since"));
  history.record.state = ledger::DriftState::kWaived;
  history.record.waiver = ledger::Waiver{"moved", "ann", kThen};
  EXPECT_THAT(DriftRowText({}, history, {}),
              HasSubstr("waived 2026-11-23T16:38:04Z by ann: moved"));
  EXPECT_THAT(DriftRowText({}, history, {}), HasSubstr("\nWAIVED: "));
  history.record.resolved = kThen;
  EXPECT_THAT(DriftRowText({}, history, {}), EndsWith("SAME: found to be the same at "
                                                      "2026-11-23T16:38:04Z\n"));
}

TEST(DriftText, NothingButCommandsIsWiderThanEightyColumns) {
  DriftView view = WithDrift();
  view.marks[Orders()].full_pass_at = ledger::Mark{kThen, "r1", "heartbeats", {"g"}, true};
  for (const std::string& text : {DriftListText({view}, {}), DriftTableText(view, Orders(), {})}) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  }
}

}  // namespace
}  // namespace twinwatch
