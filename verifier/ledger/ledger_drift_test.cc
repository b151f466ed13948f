#include <gmock/gmock.h>

#include "tests/support/ledger_fixture.h"

namespace twinwatch::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LedgerDrift : public LedgerTest {
 protected:
  void SetUp() override { OpenAll(); }

  void Note(const Sighting& sighting, const std::vector<DriftFinding>& findings) {
    const Status status = ledger_->Note(pair_, sighting, findings);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Settle(const Sighting& sighting, KeyRange range = {}, std::vector<std::string> except = {}) {
    const Status status = ledger_->Settle(
        pair_, sighting, {Table("t"), std::move(range), std::move(except), sighting.at});
    ASSERT_TRUE(status.ok()) << status;
  }
  DriftHistory Row(std::string_view row) {
    const auto history = ledger_->Row(pair_, Table("t"), row);
    EXPECT_TRUE(history.ok()) << history.status();
    EXPECT_TRUE(*history) << row;
    return **history;
  }
};

TEST_F(LedgerDrift, AllThatIsKnownOfARowComesBack) {
  const std::string row("\x00r\xff\x00", 4);
  DriftFinding finding = Confirmed(row, DriftClass::kValue);
  finding.table = Table("ns:t");
  finding.cause = "cause";
  finding.evidence = "evidence";
  finding.differing.Include(5);
  finding.differing.Include(INT64_MAX);
  Note(By("r1", 2, {.all_versions = true}), {finding});
  const auto records = ledger_->OpenDrift(pair_, {});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 1u);
  const DriftRecord& record = records->front();
  EXPECT_EQ(record.table, Table("ns:t"));
  EXPECT_EQ(record.row, row);
  EXPECT_EQ(record.drift_class, DriftClass::kValue);
  EXPECT_EQ(record.state, DriftState::kConfirmed);
  EXPECT_EQ(record.first_seen, At(2));
  EXPECT_EQ(record.last_seen, At(2));
  EXPECT_EQ(record.confirmed_by, "position");
  EXPECT_EQ(record.confirmed_at, At(1));
  EXPECT_EQ(record.cause, "cause");
  EXPECT_EQ(record.evidence, "evidence");
  EXPECT_EQ(record.differing.oldest_ms, 5u);
  EXPECT_EQ(record.differing.newest_ms, uint64_t{INT64_MAX});
  EXPECT_EQ(record.run, "r1");
  EXPECT_EQ(record.breadth, (Breadth{.all_versions = true, .extra = false}));
}

TEST_F(LedgerDrift, TheEmptyKeyIsARow) {
  Note(By("r1", 0), {Suspect("")});
  EXPECT_THAT(Open(), ElementsAre(" suspected"));
}

TEST_F(LedgerDrift, RowsComeInHBasesOrder) {
  Note(By("r1", 0), {Suspect("b"), Suspect("\xff"), Suspect(""), Suspect("a\x01"), Suspect("a")});
  EXPECT_THAT(Open(), ElementsAre(" suspected", "a suspected", "a\x01 suspected", "b suspected",
                                  "\xff suspected"));
}

TEST_F(LedgerDrift, ALifeWithItsHistory) {
  Note(By("r1", 0), {Suspect("a")});
  Note(By("r2", 10), {Confirmed("a")});
  ASSERT_TRUE(
      ledger_->Advance(pair_, Table("t"), {"a"}, DriftState::kPlanned, At(20), "plan p").ok());
  ASSERT_TRUE(
      ledger_->Advance(pair_, Table("t"), {"a"}, DriftState::kRepaired, At(30), "plan p").ok());
  Settle(By("r3", 40));
  EXPECT_THAT(Open(), IsEmpty());
  const DriftHistory history = Row("a");
  EXPECT_EQ(history.record.state, DriftState::kRechecked);
  EXPECT_EQ(history.record.resolved, At(40));
  std::vector<std::string> life;
  for (const DriftEvent& event : history.events) {
    life.push_back(fmt::format("{} {} {} {}", (event.at - At(0)) / absl::Seconds(1), event.run,
                               ToString(event.state), event.note));
  }
  EXPECT_THAT(life,
              ElementsAre("0 r1 suspected first seen: missing, suspected",
                          "10 r2 confirmed missing, confirmed by position", "20  planned plan p",
                          "30  repaired plan p", "40 r3 rechecked the same on both sides"));
}

TEST_F(LedgerDrift, ASuspectThatIsTheSameIsForgotten) {
  Note(By("r1", 0), {Suspect("a"), Confirmed("b")});
  Settle(By("r2", 10));
  EXPECT_EQ(*ledger_->Row(pair_, Table("t"), "a"), std::nullopt);
  EXPECT_EQ(Row("b").record.state, DriftState::kRechecked);
  // A suspect that was drift once keeps that history.
  Note(By("r3", 20), {Suspect("b")});
  Settle(By("r4", 30));
  EXPECT_EQ(Row("b").events.size(), 4u);
}

// A full pass may take days: what another pass found in the meantime stays open.
TEST_F(LedgerDrift, WhatWasSeenSinceAPassBeganIsNotClosedByIt) {
  Note(By("r1", 5), {Confirmed("a")});
  Note(By("r2", 20), {Confirmed("b")});
  const SettledRange settled{Table("t"), {}, {}, At(10)};
  ASSERT_TRUE(ledger_->Settle(pair_, By("r0", 30), settled).ok());
  EXPECT_TRUE(Row("a").record.resolved.has_value());
  EXPECT_FALSE(Row("b").record.resolved.has_value());
}

TEST_F(LedgerDrift, OnlyWhatAPassSettledIsClosed) {
  Note(By("r1", 0),
       {Confirmed("a"), Confirmed("b"), Confirmed("c"), Confirmed("d"), Confirmed("e")});
  Note(By("r2", 10), {Confirmed("c")});
  Settle(By("r2", 10), {"b", "e"}, {"d"});
  EXPECT_THAT(Open(), ElementsAre("a confirmed", "c confirmed", "d confirmed", "e confirmed"));
}

TEST_F(LedgerDrift, ANarrowerPassClosesNothing) {
  Note(By("r1", 0, {.all_versions = true}), {Confirmed("a")});
  Note(By("r2", 1), {Confirmed("b")});
  Settle(By("r3", 2, {.values = false}));
  EXPECT_THAT(Open(), ElementsAre("a confirmed", "b confirmed"));
  Settle(By("r4", 3));
  EXPECT_THAT(Open(), ElementsAre("a confirmed"));
  Settle(By("r5", 4, {.all_versions = true}));
  EXPECT_THAT(Open(), IsEmpty());
}

TEST_F(LedgerDrift, OnlyWhoLooksForExtraRowsAndMarkersCanRefuteThem) {
  const Breadth raw{.markers = true};
  Note(By("r1", 0, raw), {Confirmed("extra", DriftClass::kExtra), Confirmed("missing"),
                          Confirmed("marks", DriftClass::kMarks)});
  Settle(By("r2", 10, {.extra = false}));
  EXPECT_THAT(Open(), ElementsAre("extra confirmed", "marks confirmed"));
  Settle(By("r3", 20));
  EXPECT_THAT(Open(), ElementsAre("marks confirmed"));
  Settle(By("r4", 30, raw));
  EXPECT_THAT(Open(), IsEmpty());
}

// A run that was killed after it told of rows, and before the checkpoint that says so, reads them
// again.
TEST_F(LedgerDrift, ARunTakesBackWhatItReadAgainAndDidNotTellAgain) {
  Note(By("r1", 5), {Confirmed("a"), Confirmed("c"), Confirmed("d"), Confirmed("z")});
  Note(By("r1", 25), {Confirmed("d")});
  SettledRange settled{Table("t"), {}, {}, At(0), At(20), {{{"b", "f"}, false}, {{"z", ""}, true}}};
  ASSERT_TRUE(ledger_->Settle(pair_, By("r1", 30), settled).ok());
  EXPECT_THAT(Open(), ElementsAre("a confirmed", "d confirmed"));
}

TEST_F(LedgerDrift, CausesAreWrittenWithoutASighting) {
  Note(By("r1", 5), {Confirmed("a"), Confirmed("b"), Confirmed("c")});
  Note(By("r2", 6), {Confirmed("b")});
  Settle(By("r2", 7), {"c", ""});
  DriftFinding a = Confirmed("a"), b = Confirmed("b"), c = Confirmed("c");
  for (DriftFinding* finding : {&a, &b, &c}) finding->cause = finding->evidence = "because";
  ASSERT_TRUE(ledger_->Explain(pair_, "r1", {a, b, c}).ok());
  EXPECT_EQ(Row("a").record.cause, "because");
  EXPECT_EQ(Row("a").record.last_seen, At(5));
  EXPECT_EQ(Row("a").events.size(), 1u);
  EXPECT_EQ(Row("b").record.cause, std::nullopt);
  EXPECT_TRUE(Row("c").record.resolved.has_value());
}

TEST_F(LedgerDrift, OtherTablesAndPairsAreLeftAlone) {
  Pair other = TwoClusters();
  other.target_id = "id-c";
  const StatusOr<PairId> third = ledger_->NotePair(other, At(0));
  ASSERT_TRUE(third.ok());
  EXPECT_NE(*third, pair_);
  ASSERT_TRUE(ledger_->Note(*third, By("r1", 0), {Confirmed("a")}).ok());
  DriftFinding elsewhere = Confirmed("a");
  elsewhere.table = Table("ns:t");
  Note(By("r1", 0), {Confirmed("a"), elsewhere});
  Settle(By("r2", 1));
  EXPECT_EQ(ledger_->OpenDrift(*third, {})->size(), 1u);
  EXPECT_EQ(ledger_->OpenDrift(pair_, {})->size(), 1u);
}

TEST_F(LedgerDrift, AWaiverHoldsUntilTheRowIsTheSameOrDiffersOtherwise) {
  Note(By("r1", 0), {Confirmed("a"), Confirmed("b"), Suspect("c"), Confirmed("d")});
  const StatusOr<uint64_t> waived =
      ledger_->Waive(pair_, Table("t"), {"a", "d"}, {"moved away", "ann", At(5)});
  ASSERT_TRUE(waived.ok()) << waived.status();
  EXPECT_EQ(*waived, 3u);
  EXPECT_TRUE(*ledger_->IsWaived(pair_, Table("t"), "a", DriftClass::kMissing));
  EXPECT_FALSE(*ledger_->IsWaived(pair_, Table("t"), "a", DriftClass::kValue));
  EXPECT_FALSE(*ledger_->IsWaived(pair_, Table("t"), "d", DriftClass::kMissing));
  Note(By("r2", 10), {Confirmed("a"), Confirmed("b", DriftClass::kValue)});
  EXPECT_THAT(Open(), ElementsAre("a waived", "b confirmed", "c waived", "d confirmed"));
  EXPECT_EQ(Row("a").record.waiver, (Waiver{"moved away", "ann", At(5)}));
  Settle(By("r3", 20));
  Note(By("r4", 30), {Confirmed("a")});
  EXPECT_THAT(Open(), ElementsAre("a confirmed"));
}

TEST_F(LedgerDrift, ARepairLeavesWaivedAndClosedRowsAlone) {
  Note(By("r1", 0), {Confirmed("a"), Confirmed("b")});
  ASSERT_TRUE(ledger_->Waive(pair_, Table("t"), {"a", "b"}, {"x", "ann", At(1)}).ok());
  ASSERT_TRUE(ledger_->Advance(pair_, Table("t"), {"b"}, DriftState::kRechecked, At(2), "").ok());
  ASSERT_TRUE(
      ledger_->Advance(pair_, Table("t"), {"a", "b", "never"}, DriftState::kPlanned, At(3), "")
          .ok());
  EXPECT_THAT(Open(), ElementsAre("a waived"));
}

TEST_F(LedgerDrift, Counts) {
  DriftFinding elsewhere = Suspect("a", DriftClass::kExtra);
  elsewhere.table = Table("ns:t");
  Note(By("r1", 0), {Confirmed("a"), Confirmed("b"), Confirmed("c", DriftClass::kMarks),
                     Suspect("d", DriftClass::kCells), Confirmed("e"), elsewhere});
  ASSERT_TRUE(ledger_->Waive(pair_, Table("t"), {"e", ""}, {"x", "ann", At(1)}).ok());
  ASSERT_TRUE(ledger_->Advance(pair_, Table("t"), {"b"}, DriftState::kRepaired, At(2), "").ok());
  auto counts = ledger_->CountOpen(pair_);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ((*counts)[Table("t")].confirmed, (DriftCounts{.missing = 2, .marks = 1}));
  EXPECT_EQ((*counts)[Table("t")].confirmed.Sum(), 2u);
  EXPECT_EQ((*counts)[Table("t")].suspected, (DriftCounts{.cells = 1}));
  EXPECT_EQ((*counts)[Table("t")].waived, 1u);
  EXPECT_EQ((*counts)[Table("ns:t")].suspected, (DriftCounts{.extra = 1}));
}

TEST_F(LedgerDrift, Filters) {
  Note(By("r1", 0), {Confirmed("a"), Suspect("b"), Confirmed("c")});
  Note(By("r2", 0), {Confirmed("d")});
  const auto rows = [this](const DriftFilter& filter) {
    std::string all;
    const auto records = ledger_->OpenDrift(pair_, filter);
    EXPECT_TRUE(records.ok()) << records.status();
    for (const DriftRecord& record : *records) all += record.row;
    return all;
  };
  EXPECT_EQ(rows({}), "abcd");
  EXPECT_EQ(rows({.table = Table("other")}), "");
  EXPECT_EQ(rows({.range = {"b", "d"}}), "bc");
  EXPECT_EQ(rows({.states = {DriftState::kConfirmed}}), "acd");
  EXPECT_EQ(rows({.states = {DriftState::kConfirmed, DriftState::kSuspected}, .limit = 3}), "abc");
  EXPECT_EQ(rows({.table = Table("t"), .run = "r2"}), "d");
}

TEST_F(LedgerDrift, OldHistoryIsForgottenAndOpenRowsAreNot) {
  Note(By("r1", 0), {Confirmed("a"), Confirmed("b")});
  Note(By("r2", 10), {Confirmed("b")});
  Settle(By("r2", 10));
  ASSERT_TRUE(ledger_->Prune(At(10) + absl::Hours(90 * 24)).ok());
  EXPECT_EQ(Row("a").events.size(), 2u);
  ASSERT_TRUE(ledger_->Prune(At(11) + absl::Hours(90 * 24)).ok());
  EXPECT_EQ(*ledger_->Row(pair_, Table("t"), "a"), std::nullopt);
  EXPECT_EQ(Row("b").events.size(), 1u);
}

}  // namespace
}  // namespace twinwatch::ledger
