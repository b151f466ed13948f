#include "exporters/job_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

Job Full(JobState state) {
  Job job;
  job.id = "20261123T163804Z-1f3a";
  job.link = "east-west";
  job.state = state;
  job.started = absl::FromUnixSeconds(1795451884);
  job.tables = 14;
  job.tables_done = 3;
  job.table = "ns1:events";
  job.fraction = 0.379;
  job.rows = 104'857'600;
  job.bytes = 4'200'000'000;
  job.bytes_per_second = 19'840'000;
  job.limit_bytes_per_second = 20'000'000;
  job.left = absl::Hours(2) + absl::Minutes(11);
  return job;
}

Job Ended(JobState state) {
  Job job = Full(state);
  job.id = "20261123T150000Z-00aa";
  job.kind = JobKind::kIncrementalPass;
  job.ended = job.started + absl::Minutes(1);
  job.table.reset();
  job.bytes_per_second.reset();
  job.left.reset();
  return job;
}

Job Repair(JobState state) {
  Job job = Full(state);
  job.id = "repair-0123456789ab";
  job.kind = JobKind::kRepair;
  job.plan = "sha256:0123456789abcdef";
  job.plan_file = "/s/plans/repair-0123456789ab.plan";
  job.table.reset();
  return job;
}

TEST(JobsText, WhatCanBeDoneAboutARepair) {
  // One that waits for somebody comes before what runs.
  EXPECT_THAT(
      JobsText({Full(JobState::kRunning), Repair(JobState::kAwaitingApproval)}, " -x", false),
      HasSubstr("\nApprove: twinwatch jobs approve repair-0123456789ab -x\nRUNNING: 1 "
                "running, 1 awaiting approval\n"));
  EXPECT_THAT(JobsText({Repair(JobState::kPlanned)}, "", false),
              HasSubstr("\nLook: twinwatch repair apply /s/plans/repair-0123456789ab.plan\n"
                        "PLANNED: 1 planned\n"));
  EXPECT_THAT(JobsText({Repair(JobState::kRunning)}, "", false),
              HasSubstr("repair-0123456789ab  repair  running"));
}

TEST(JobText, OfARepair) {
  Job job = Repair(JobState::kRunning);
  job.approved_by = "alice at 2026-11-23T17:00:00Z";
  job.rows = 12;
  EXPECT_EQ(JobText(job, "", false),
            "Link      east-west\n"
            "Plan      sha256:0123456789abcdef\n"
            "File      /s/plans/repair-0123456789ab.plan\n"
            "Approved  alice at 2026-11-23T17:00:00Z\n"
            "Planned   2026-11-23T16:38:04Z\n"
            "Tables    14\n"
            "Done      37 %\n"
            "Rows      12 written or left alone\n"
            "Sent      4.2 GB to the target\n"
            "Rate      19.8 MB/s\n"
            "Limit     20.0 MB/s\n"
            "Left      2h 11m\n"
            "Pause: twinwatch jobs pause repair-0123456789ab\n"
            "RUNNING: repair-0123456789ab\n");
}

TEST(JobsText, ATableALinkThenWhatToTypeThenTheVerdict) {
  Job paused = Full(JobState::kPaused);
  paused.why = "paused by alice at 2026-11-23T17:00:00Z";
  paused.left.reset();
  Job failed = Ended(JobState::kFailed);
  failed.why = "table t: no answer";
  Job other = Full(JobState::kRunning);
  other.link = "west-east";
  EXPECT_EQ(JobsText({paused, failed, other}, " --agent http://h:1", false),
            "LINK east-west\n"
            "JOB                    KIND         STATE   DONE       RATE  LEFT\n"
            "20261123T163804Z-1f3a  full         paused  37 %  19.8 MB/s     ?\n"
            "20261123T150000Z-00aa  incremental  failed  37 %          -     -\n"
            "\n"
            "LINK west-east\n"
            "JOB                    KIND  STATE    DONE       RATE    LEFT\n"
            "20261123T163804Z-1f3a  full  running  37 %  19.8 MB/s  2h 11m\n"
            "\n"
            "20261123T163804Z-1f3a: paused by alice at 2026-11-23T17:00:00Z\n"
            "20261123T150000Z-00aa: table t: no answer\n"
            "Go on: twinwatch jobs resume 20261123T163804Z-1f3a --agent http://h:1\n"
            "RUNNING: 1 running, 1 paused, 1 failed\n");
}

TEST(JobsText, NoneIsSaid) {
  EXPECT_EQ(JobsText({}, "", false), "NO JOBS: none has run since the agent was started\n");
  EXPECT_THAT(JobsText({Ended(JobState::kDone)}, "", true),
              EndsWith("\x1b[32mDONE\x1b[0m: 1 done\n"));
}

TEST(JobText, AllOfOne) {
  EXPECT_EQ(JobText(Full(JobState::kRunning), "", false),
            "Link      east-west\n"
            "Pass      full\n"
            "Started   2026-11-23T16:38:04Z\n"
            "Tables    3 of 14 done; ns1:events is being read\n"
            "Done      37 %\n"
            "Compared  104,857,600 rows\n"
            "Read      4.2 GB from both clusters\n"
            "Rate      19.8 MB/s\n"
            "Limit     20.0 MB/s a region server\n"
            "Left      2h 11m\n"
            "Pause: twinwatch jobs pause 20261123T163804Z-1f3a\n"
            "RUNNING: 20261123T163804Z-1f3a\n");
  Job failed = Ended(JobState::kFailed);
  failed.why = "table t: no answer";
  EXPECT_THAT(JobText(failed, "", false), EndsWith("Read      4.2 GB from both clusters\n"
                                                   "FAILED: table t: no answer\n"));
}

TEST(ThrottleText, SaysWhetherItIsAsConfigured) {
  EXPECT_EQ(ThrottleText({{"a-b", 20'000'000, 20'000'000}}, ""),
            "LINK     VERIFY  CONFIGURED\n"
            "a-b   20.0 MB/s   20.0 MB/s\n"
            "\n"
            "Rates are those of each region server.\n"
            "Change: twinwatch throttle verify=10MB/s\n"
            "AS CONFIGURED\n");
  EXPECT_THAT(ThrottleText({{"a-b", 5'000, 20'000'000}, {"c", 1, 1}}, ""),
              HasSubstr("CHANGED: 1 link, until the agent is started again\n"));
}

TEST(JobsNagios, WhatWaitsForSomebodyIsAWarning) {
  const NagiosAnswer fine = JobsNagios({Full(JobState::kRunning), Ended(JobState::kDone)});
  EXPECT_EQ(fine.line, "OK - RUNNING: 1 running, 1 done | jobs=2 running=1 failed=0");
  EXPECT_EQ(fine.state, NagiosState::kOk);
  EXPECT_EQ(JobsNagios({}).state, NagiosState::kOk);
  Job paused = Full(JobState::kPaused);
  paused.why = "paused by alice";
  const NagiosAnswer held = JobsNagios({paused, Ended(JobState::kDone)});
  EXPECT_EQ(held.line,
            "WARNING - 20261123T163804Z-1f3a of east-west paused: paused by alice | jobs=2 "
            "running=0 failed=0");
  EXPECT_EQ(held.state, NagiosState::kWarning);
  EXPECT_EQ(JobsNagios({Repair(JobState::kAwaitingApproval)}).state, NagiosState::kWarning);
  EXPECT_EQ(JobsNagios({Repair(JobState::kPlanned)}).state, NagiosState::kOk);
}

TEST(JobsNagios, AFailureCountsUntilALaterJobOfItsKindHasEnded) {
  Job failed = Ended(JobState::kFailed);
  failed.why = "no ZooKeeper answers";
  const NagiosAnswer answer = JobsNagios({Full(JobState::kPaused), failed});
  EXPECT_EQ(answer.line,
            "CRITICAL - 20261123T150000Z-00aa of east-west failed: no ZooKeeper answers | jobs=2 "
            "running=0 failed=1");
  EXPECT_EQ(answer.state, NagiosState::kCritical);
  Job later = Ended(JobState::kDone);
  later.ended = *failed.ended + absl::Minutes(1);
  EXPECT_EQ(JobsNagios({later, failed}).state, NagiosState::kOk);
  later.kind = JobKind::kFullPass;
  EXPECT_EQ(JobsNagios({later, failed}).state, NagiosState::kCritical);
  later.kind = failed.kind;
  later.link = "west-east";
  EXPECT_EQ(JobsNagios({later, failed}).state, NagiosState::kCritical);
}

}  // namespace
}  // namespace twinwatch
