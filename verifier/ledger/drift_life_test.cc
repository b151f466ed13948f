#include "verifier/ledger/drift_life.h"

#include <gtest/gtest.h>

namespace twinwatch::ledger {
namespace {

absl::Time At(int seconds) { return absl::FromUnixSeconds(1795451884 + seconds); }

DriftFinding Finding(DriftClass drift_class, std::optional<std::string> confirmed_by) {
  DriftFinding finding;
  finding.drift_class = drift_class;
  finding.confirmed_by = std::move(confirmed_by);
  return finding;
}

DriftRecord Known(DriftState state, DriftClass drift_class) {
  DriftRecord record;
  record.state = state;
  record.drift_class = drift_class;
  record.first_seen = At(0);
  record.last_seen = At(0);
  record.run = "old";
  if (state != DriftState::kSuspected) record.confirmed_by = "position";
  if (state == DriftState::kWaived) record.waiver = Waiver{"known", "ann", At(0)};
  return record;
}

const Sighting kNow = {"new", At(10), {}};

struct Case {
  const char* what;
  DriftState known;
  DriftClass known_class;
  DriftFinding finding;
  DriftState state;
  DriftClass drift_class;
  bool event;
};

TEST(DriftLife, WhatASightingMakesOfWhatIsKnown) {
  using S = DriftState;
  using C = DriftClass;
  const auto suspect = Finding(C::kMissing, std::nullopt);
  const auto other_suspect = Finding(C::kValue, std::nullopt);
  const auto proof = Finding(C::kMissing, "position");
  const auto other_proof = Finding(C::kValue, "position");
  const Case cases[] = {
      {"still suspected", S::kSuspected, C::kMissing, suspect, S::kSuspected, C::kMissing, false},
      {"suspected otherwise", S::kSuspected, C::kMissing, other_suspect, S::kSuspected, C::kValue,
       true},
      {"proven", S::kSuspected, C::kMissing, proof, S::kConfirmed, C::kMissing, true},
      {"a suspect takes nothing back", S::kConfirmed, C::kMissing, suspect, S::kConfirmed,
       C::kMissing, false},
      {"nor does one of another class", S::kConfirmed, C::kMissing, other_suspect, S::kConfirmed,
       C::kMissing, false},
      {"proven again", S::kConfirmed, C::kMissing, proof, S::kConfirmed, C::kMissing, false},
      {"proven otherwise", S::kConfirmed, C::kMissing, other_proof, S::kConfirmed, C::kValue, true},
      {"planned stays", S::kPlanned, C::kMissing, proof, S::kPlanned, C::kMissing, false},
      {"the plan fits no more", S::kPlanned, C::kMissing, other_proof, S::kConfirmed, C::kValue,
       true},
      {"the repair did not do it", S::kRepaired, C::kMissing, proof, S::kConfirmed, C::kMissing,
       true},
      {"a suspect says nothing of a repair", S::kRepaired, C::kMissing, suspect, S::kRepaired,
       C::kMissing, false},
      {"a waiver stays", S::kWaived, C::kMissing, proof, S::kWaived, C::kMissing, false},
      {"a waiver is for one class", S::kWaived, C::kMissing, other_proof, S::kConfirmed, C::kValue,
       true},
      {"also for suspects", S::kWaived, C::kMissing, other_suspect, S::kSuspected, C::kValue, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const Seen seen = AfterSighting(Known(c.known, c.known_class), c.finding, kNow);
    EXPECT_EQ(ToString(seen.record.state), ToString(c.state));
    EXPECT_EQ(ToString(seen.record.drift_class), ToString(c.drift_class));
    EXPECT_EQ(seen.event.has_value(), c.event) << seen.event.value_or("");
    EXPECT_EQ(seen.record.first_seen, At(0));
    EXPECT_EQ(seen.record.last_seen, At(10));
    EXPECT_EQ(seen.record.run, "new");
    EXPECT_EQ(seen.record.waiver.has_value(), c.state == S::kWaived);
    EXPECT_EQ(seen.record.confirmed_by.has_value(), c.state != S::kSuspected);
  }
}

TEST(DriftLife, ARowThatWasTheSameBeginsAnew) {
  DriftRecord closed = Known(DriftState::kRechecked, DriftClass::kMissing);
  closed.resolved = At(5);
  closed.cause = "old cause";
  const Seen seen = AfterSighting(closed, Finding(DriftClass::kExtra, std::nullopt), kNow);
  EXPECT_EQ(seen.record.state, DriftState::kSuspected);
  EXPECT_EQ(seen.record.first_seen, At(10));
  EXPECT_EQ(seen.record.resolved, std::nullopt);
  EXPECT_EQ(seen.record.confirmed_by, std::nullopt);
  EXPECT_EQ(seen.record.cause, std::nullopt);
  EXPECT_EQ(seen.event, "differs again: extra, suspected");
}

TEST(DriftLife, TheUsersWordDoesNotReplaceABarriersProof) {
  const DriftRecord known = Known(DriftState::kConfirmed, DriftClass::kMissing);
  EXPECT_EQ(AfterSighting(known, Finding(DriftClass::kMissing, "none"), kNow).record.confirmed_by,
            "position");
  EXPECT_EQ(AfterSighting(known, Finding(DriftClass::kValue, "none"), kNow).record.confirmed_by,
            "none");
}

TEST(DriftLife, ACauseStaysUntilThereIsABetterOne) {
  DriftRecord known = Known(DriftState::kConfirmed, DriftClass::kMissing);
  known.cause = "one";
  DriftFinding finding = Finding(DriftClass::kMissing, "position");
  EXPECT_EQ(AfterSighting(known, finding, kNow).record.cause, "one");
  finding.cause = "two";
  EXPECT_EQ(AfterSighting(known, finding, kNow).record.cause, "two");
}

TEST(DriftLife, ANarrowerPassRefutesNothing) {
  const Breadth usual;
  EXPECT_TRUE(Refutes(usual, usual));
  EXPECT_FALSE(Refutes({.values = false}, usual));
  EXPECT_TRUE(Refutes(usual, {.values = false}));
  EXPECT_FALSE(Refutes(usual, {.all_versions = true}));
  EXPECT_FALSE(Refutes(usual, {.markers = true}));
  EXPECT_TRUE(Refutes({.all_versions = true, .markers = true}, usual));
  EXPECT_TRUE(Refutes(usual, {.all_families = false}));
  // Which families that were is not kept.
  EXPECT_FALSE(Refutes({.all_families = false}, {.all_families = false}));
}

DriftHistory Repaired(const std::string& plan) {
  DriftHistory history{Known(DriftState::kRechecked, DriftClass::kMissing), {}};
  history.record.resolved = At(5);
  history.events = {{At(0), "old", DriftState::kConfirmed, "first seen"},
                    {At(4), "", DriftState::kRepaired, RepairedNote(plan)},
                    {At(5), "", DriftState::kRechecked, "the same after the repair"}};
  return history;
}

TEST(DriftLife, AnUndoneRowDiffersAgainOnTheOldProof) {
  const auto finding = Finding(DriftClass::kMissing, "position");
  const auto seen = AfterUndo(Repaired("p"), finding, "p", At(10));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->record.state, DriftState::kConfirmed);
  EXPECT_FALSE(seen->record.resolved);
  EXPECT_EQ(seen->record.first_seen, At(0));
  // Neither seen by any run since, nor closed by one that began before.
  EXPECT_EQ(seen->record.run, "");
  EXPECT_EQ(seen->record.last_seen, At(10));
  EXPECT_EQ(seen->event, UndoneNote("p"));
  DriftHistory suspected = Repaired("p");
  suspected.record.confirmed_by.reset();
  EXPECT_EQ(AfterUndo(suspected, finding, "p", At(10))->record.state, DriftState::kSuspected);
  EXPECT_EQ(AfterUndo(std::nullopt, finding, "p", At(10))->record.state, DriftState::kConfirmed);
}

TEST(DriftLife, AnUndoIsToldOnceAndOnlyOfItsOwnRepair) {
  const auto finding = Finding(DriftClass::kMissing, "position");
  EXPECT_FALSE(AfterUndo(Repaired("other"), finding, "p", At(10)));
  DriftHistory told = Repaired("p");
  told.events.push_back({At(6), "", DriftState::kConfirmed, UndoneNote("p")});
  told.events.push_back({At(7), "r", DriftState::kRechecked, "the same on both sides"});
  EXPECT_FALSE(AfterUndo(told, finding, "p", At(10)));
  told.events.push_back({At(8), "", DriftState::kRepaired, RepairedNote("p")});
  EXPECT_TRUE(AfterUndo(told, finding, "p", At(10)));
  const DriftHistory waived{Known(DriftState::kWaived, DriftClass::kMissing), {}};
  EXPECT_FALSE(AfterUndo(waived, finding, "p", At(10)));
}

}  // namespace
}  // namespace twinwatch::ledger
