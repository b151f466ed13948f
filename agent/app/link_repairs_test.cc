#include "agent/app/link_repairs.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using Kind = RepairStep::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'764'000'000);
constexpr char kId[] = "repair-0123456789ab";

class LinkRepairsTest : public ::testing::Test {
 protected:
  LinkRepairs Make(RepairMode mode = RepairMode::kApprove) {
    return {"a-b", mode, kept_, [this](const RepairMemory& memory) {
              if (disk_is_full_) return absl::UnavailableError("no room");
              kept_ = memory;
              return absl::OkStatus();
            }};
  }

  static StandingPlan Plan() {
    StandingPlan plan;
    plan.digest = "sha256:0123456789abcdef";
    plan.file = "/s/plans/repair-0123456789ab.plan";
    plan.drift = "d1";
    plan.made = kNow;
    plan.tables = 1;
    plan.rows = 4;
    plan.bytes = 120;
    return plan;
  }

  LinkRepairs Planned(Kind kind, const std::string& why = "",
                      RepairMode mode = RepairMode::kApprove) {
    LinkRepairs repairs = Make(mode);
    EXPECT_TRUE(repairs.Planned(Plan()).ok());
    repairs.Show({kind, why}, 1000, kNow);
    return repairs;
  }

  static RepairOutcome Outcome(uint64_t written, uint64_t left, uint64_t differ, uint64_t unknown) {
    RepairOutcome outcome;
    outcome.rows_written = written;
    outcome.rows_left = left;
    outcome.rows_differ = differ;
    outcome.rows_unknown = unknown;
    outcome.why_unknown = "no barrier";
    outcome.left.push_back({{"default", "t"}, "r", "it changed"});
    outcome.differ.push_back({{"default", "t"}, "r", "somebody wrote"});
    return outcome;
  }

  RepairMemory kept_;
  bool disk_is_full_ = false;
};

bool Contains(const std::optional<std::string>& text, std::string_view part) {
  return text && text->find(part) != std::string::npos;
}

TEST_F(LinkRepairsTest, WhatAPlanIsShownAs) {
  const LinkRepairs planned = Planned(Kind::kShow, "", RepairMode::kPlan);
  const Job job = planned.jobs().at(0);
  EXPECT_EQ(job.id, kId);
  EXPECT_EQ(job.kind, JobKind::kRepair);
  EXPECT_EQ(job.state, JobState::kPlanned);
  EXPECT_EQ(job.why,
            "planned: 4 rows, 120 B: twinwatch repair apply /s/plans/repair-0123456789ab.plan");
  EXPECT_EQ(job.plan, "sha256:0123456789abcdef");

  const Job awaiting = Planned(Kind::kAwaitApproval, "repair.mode is approve").jobs().at(0);
  EXPECT_EQ(awaiting.state, JobState::kAwaitingApproval);
  EXPECT_TRUE(Contains(awaiting.why, "because repair.mode is approve: 4 rows, 120 B"));

  const Job waiting = Planned(Kind::kWait, "the peer is disabled").jobs().at(0);
  EXPECT_EQ(waiting.state, JobState::kWaiting);
  EXPECT_EQ(waiting.why, "the peer is disabled; planned: 4 rows, 120 B");
}

TEST_F(LinkRepairsTest, OfAPlanThatWritesNothingTheReasonIsShown) {
  LinkRepairs repairs = Make();
  StandingPlan plan = Plan();
  plan.rows = plan.bytes = 0;
  plan.refused = 2;
  plan.first_refusal = "in t: an extra row";
  ASSERT_TRUE(repairs.Planned(plan).ok());
  EXPECT_EQ(repairs.jobs().at(0).why,
            "nothing of it can be repaired by the agent: 0 rows, 0 B, and 2 rows that cannot be "
            "repaired, the first in t: an extra row");
}

TEST_F(LinkRepairsTest, AnApprovalIsWrittenDownBeforeItCounts) {
  LinkRepairs repairs = Planned(Kind::kAwaitApproval, "repair.mode is approve");
  disk_is_full_ = true;
  EXPECT_EQ(repairs.Approve(kId, "alice", kNow).code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(repairs.Facts({}, {}).plan->approved);
  disk_is_full_ = false;
  EXPECT_TRUE(repairs.Approve(kId, "alice", kNow).ok());
  EXPECT_TRUE(repairs.Facts({}, {}).plan->approved);
  EXPECT_EQ(repairs.Find(kId)->approved_by, "alice at 2025-11-24T16:00:00Z");
  EXPECT_EQ(repairs.Approve(kId, "bob", kNow).code(), absl::StatusCode::kFailedPrecondition);
  // And it is known to the next process.
  EXPECT_TRUE(Make().Facts({}, {}).plan->approved);
}

TEST_F(LinkRepairsTest, WhatAwaitsNoApprovalCannotBeApproved) {
  for (const Kind kind : {Kind::kShow, Kind::kWait, Kind::kApply}) {
    LinkRepairs repairs = Planned(kind, "x", RepairMode::kPlan);
    const Status status = repairs.Approve(kId, "alice", kNow);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(Contains(std::string(Text(status)), "repair.mode: plan"));
    EXPECT_FALSE(repairs.Facts({}, {}).plan->approved);
  }
  EXPECT_EQ(Make().Approve("x", "alice", kNow).code(), absl::StatusCode::kNotFound);
}

TEST_F(LinkRepairsTest, ARepairFromItsBeginToItsEnd) {
  LinkRepairs repairs = Planned(Kind::kApply);
  EXPECT_FALSE(repairs.runs());
  ASSERT_TRUE(repairs.Begin("twinwatch repair undo J", kNow).ok());
  EXPECT_TRUE(kept_.plan->begun);
  repairs.Progress(1, 4, "", kNow + absl::Seconds(10));
  repairs.Sent(50, kNow + absl::Seconds(10));
  Job job = repairs.jobs().at(0);
  EXPECT_EQ(job.state, JobState::kRunning);
  EXPECT_EQ(job.fraction, 0.25);
  EXPECT_EQ(job.bytes, 50u);
  EXPECT_EQ(job.bytes_per_second, 5);
  EXPECT_EQ(job.left, absl::Seconds(30));
  EXPECT_EQ(job.limit_bytes_per_second, 1000u);
  repairs.Waits("the peer is disabled");
  EXPECT_EQ(repairs.jobs().at(0).state, JobState::kWaiting);
  repairs.Waits("");
  ASSERT_TRUE(repairs.Ended(Outcome(3, 1, 0, 0), kNow + absl::Minutes(1)).ok());
  job = repairs.jobs().at(0);
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.verdict, "unknown");
  EXPECT_EQ(job.why,
            "3 rows written, 1 left alone or written in part; the first is in t: it changed; undo: "
            "twinwatch repair undo J");
  RepairMemory waits_for_a_pass;
  waits_for_a_pass.broke_off = kNow + absl::Minutes(1);
  EXPECT_EQ(kept_, waits_for_a_pass);
  EXPECT_EQ(repairs.totals().rows_written, 3u);
  EXPECT_EQ(repairs.totals().rows_left, 1u);
  EXPECT_FALSE(repairs.runs());
}

TEST_F(LinkRepairsTest, RowsThatDifferStillAreAFailureAndCannotTellIsNone) {
  for (const bool unknown : {false, true}) {
    kept_ = RepairMemory();
    LinkRepairs repairs = Planned(Kind::kApply);
    ASSERT_TRUE(repairs.Begin("U", kNow).ok());
    ASSERT_TRUE(repairs.Ended(Outcome(4, 0, unknown ? 0 : 1, unknown ? 1 : 0), kNow).ok());
    const Job job = repairs.jobs().at(0);
    EXPECT_EQ(job.state, JobState::kFailed);
    EXPECT_EQ(job.verdict, unknown ? "unknown" : "drift");
    EXPECT_TRUE(Contains(job.why, unknown ? "no barrier" : "somebody wrote")) << *job.why;
    EXPECT_EQ(kept_.failures, 1);
    EXPECT_EQ(kept_.broke_off, kNow);
    EXPECT_EQ(repairs.totals().rows_differ, unknown ? 0u : 1u);
  }
}

TEST_F(LinkRepairsTest, OneThatWroteNothingHasFailed) {
  LinkRepairs repairs = Planned(Kind::kApply);
  ASSERT_TRUE(repairs.Begin("U", kNow).ok());
  ASSERT_TRUE(repairs.Ended(Outcome(0, 4, 0, 0), kNow).ok());
  EXPECT_EQ(repairs.jobs().at(0).state, JobState::kFailed);
  EXPECT_EQ(repairs.jobs().at(0).verdict, "unknown");
  EXPECT_EQ(kept_.failures, 1);
  EXPECT_EQ(kept_.broke_off, kNow);
}

TEST_F(LinkRepairsTest, OneThatLeftNothingIsTheSame) {
  LinkRepairs repairs = Planned(Kind::kApply);
  ASSERT_TRUE(repairs.Begin("U", kNow).ok());
  ASSERT_TRUE(repairs.Ended(Outcome(4, 0, 0, 0), kNow).ok());
  EXPECT_EQ(repairs.jobs().at(0).verdict, "same");
  EXPECT_EQ(kept_, RepairMemory());
}

TEST_F(LinkRepairsTest, FailuresAreCountedOverRestartsUntilOneEndsWell) {
  for (int i = 1; i <= 3; ++i) {
    LinkRepairs repairs = Planned(Kind::kApply);
    ASSERT_TRUE(repairs.Begin("U", kNow).ok());
    ASSERT_TRUE(repairs.BrokeOff(absl::UnavailableError("gone"), kNow).ok());
    EXPECT_EQ(kept_.failures, i);
    EXPECT_FALSE(kept_.plan);
  }
  const LinkRepairs next = Make();
  EXPECT_EQ(next.jobs().at(0).state, JobState::kFailed);
  EXPECT_EQ(next.jobs().at(0).why, "gone; undo: U");
  EXPECT_EQ(next.Facts({}, {}).failures, 3);
  LinkRepairs well = Planned(Kind::kApply);
  ASSERT_TRUE(well.Begin("U", kNow).ok());
  ASSERT_TRUE(well.Ended(Outcome(4, 0, 0, 0), kNow).ok());
  EXPECT_EQ(Make().Facts({}, {}).failures, 0);
}

TEST_F(LinkRepairsTest, APauseOutlivesTheAgent) {
  LinkRepairs repairs = Planned(Kind::kApply);
  ASSERT_TRUE(repairs.Begin("U", kNow).ok());
  ASSERT_TRUE(repairs.Pause(kId, "alice", kNow).ok());
  EXPECT_EQ(repairs.jobs().at(0).state, JobState::kPaused);
  EXPECT_TRUE(repairs.IsPaused());
  EXPECT_EQ(repairs.Pause(kId, "bob", kNow).code(), absl::StatusCode::kFailedPrecondition);
  LinkRepairs next = Make();
  EXPECT_TRUE(Contains(next.Facts({}, {}).paused, "paused by alice"));
  EXPECT_TRUE(next.Facts({}, {}).plan->begun);
  ASSERT_TRUE(next.Resume(kId, kNow).ok());
  EXPECT_FALSE(next.IsPaused());
  EXPECT_EQ(next.Resume(kId, kNow).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(LinkRepairsTest, WhatDoesNotRunCannotBePaused) {
  for (const Kind kind : {Kind::kShow, Kind::kAwaitApproval}) {
    EXPECT_EQ(Planned(kind).Pause(kId, "alice", kNow).code(),
              absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_TRUE(Planned(Kind::kWait).Pause(kId, "alice", kNow).ok());
}

TEST_F(LinkRepairsTest, APlanThatIsCancelledIsThrownAway) {
  LinkRepairs repairs = Planned(Kind::kAwaitApproval);
  ASSERT_TRUE(repairs.Cancel(kId, "alice", kNow).ok());
  EXPECT_EQ(repairs.jobs().at(0).state, JobState::kCancelled);
  EXPECT_FALSE(kept_.plan);
  EXPECT_EQ(kept_.rejected, "d1");
  EXPECT_TRUE(Contains(kept_.cancelled, "cancelled by alice"));
  EXPECT_EQ(repairs.Cancel(kId, "alice", kNow).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(kept_.failures, 0);
}

TEST_F(LinkRepairsTest, ARepairThatIsCancelledIsNotGoneOnWith) {
  LinkRepairs repairs = Planned(Kind::kAwaitApproval);
  ASSERT_TRUE(repairs.Approve(kId, "alice", kNow).ok());
  ASSERT_TRUE(repairs.Begin("U", kNow).ok());
  EXPECT_FALSE(repairs.IsCancelled());
  ASSERT_TRUE(repairs.Cancel(kId, "bob", kNow).ok());
  EXPECT_TRUE(repairs.IsCancelled());
  EXPECT_FALSE(repairs.jobs().at(0).HasEnded());
  // Should the agent end just now, the next one has no approval of it.
  EXPECT_FALSE(Make().Facts({}, {}).plan->approved);
  EXPECT_EQ(repairs.Pause(kId, "bob", kNow).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(repairs.BrokeOff(absl::CancelledError("it was asked to end"), kNow).ok());
  EXPECT_EQ(repairs.jobs().at(0).state, JobState::kCancelled);
  EXPECT_TRUE(Contains(repairs.jobs().at(0).why, "cancelled by bob")) << *repairs.jobs()[0].why;
  EXPECT_EQ(kept_.failures, 0);
  EXPECT_EQ(kept_.broke_off, kNow);
}

TEST_F(LinkRepairsTest, APlanThatStandsNoMore) {
  LinkRepairs repairs = Planned(Kind::kAwaitApproval);
  ASSERT_TRUE(repairs.Withdraw("other rows differ by now", kNow).ok());
  EXPECT_EQ(repairs.jobs().at(0).state, JobState::kCancelled);
  EXPECT_EQ(kept_, RepairMemory());
  LinkRepairs begun = Planned(Kind::kApply);
  ASSERT_TRUE(begun.Begin("U", kNow).ok());
  begun.Leave();
  ASSERT_TRUE(begun.Withdraw("too old", kNow).ok());
  EXPECT_EQ(begun.jobs().at(0).state, JobState::kFailed);
  EXPECT_EQ(kept_.failures, 1);
}

}  // namespace
}  // namespace twinwatch::app
