#include "exporters/job_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::HasSubstr;

Job Running() {
  Job job;
  job.id = "20261123T163804Z-1f3a";
  job.link = "a-b";
  job.started = absl::FromUnixSeconds(1795451884);
  job.tables = 3;
  job.tables_done = 1;
  job.table = "ns1:events";
  job.fraction = 0.5;
  job.rows = 12;
  job.bytes = 3400;
  job.bytes_per_second = 100;
  job.limit_bytes_per_second = 20'000'000;
  job.left = absl::Seconds(61);
  return job;
}

TEST(JobJson, ARepairComesBackAsItWas) {
  for (const JobState state : {JobState::kPlanned, JobState::kAwaitingApproval}) {
    Job job = Running();
    job.kind = JobKind::kRepair;
    job.state = state;
    job.plan = "sha256:00";
    job.plan_file = "/s/plans/repair-00.plan";
    job.approved_by = "alice";
    const std::string text = JobsDocument({job});
    EXPECT_THAT(text, HasSubstr(R"("kind":"repair")"));
    const Job back = ParseJobsDocument(text)->at(0);
    EXPECT_EQ(back.kind, JobKind::kRepair);
    EXPECT_EQ(back.state, state);
    EXPECT_EQ(back.plan, job.plan);
    EXPECT_EQ(back.plan_file, job.plan_file);
    EXPECT_EQ(back.approved_by, job.approved_by);
  }
}

TEST(JobJson, ADocument) {
  EXPECT_EQ(
      JobsDocument({Running()}),
      R"({"schema_version":1,"command":"jobs","jobs":[{"job":"20261123T163804Z-1f3a",)"
      R"("link":"a-b","kind":"full pass","state":"running","why":null,)"
      R"("started":"2026-11-23T16:38:04Z","ended":null,"tables":3,"tables_done":1,)"
      R"("table":"ns1:events","fraction":0.5,"rows":12,"bytes":3400,"bytes_per_second":100.0,)"
      R"("limit_bytes_per_second":20000000,"seconds_left":61.0,"verdict":null,)"
      R"("plan":null,"plan_file":null,"approved_by":null}]})");
  EXPECT_EQ(ThrottleDocument({{"a-b", 5, 20}}),
            R"({"schema_version":1,"command":"throttle","links":[{"link":"a-b",)"
            R"("verify_bytes_per_second":5,"configured_bytes_per_second":20,"changed":true}]})");
}

TEST(JobJson, WhatIsWrittenIsReadAgain) {
  Job ended;
  ended.id = "i";
  ended.kind = JobKind::kIncrementalPass;
  ended.started = absl::FromUnixSeconds(1795451884);
  ended.ended = absl::FromUnixSeconds(1795451994);
  ended.verdict = "drift";
  for (const JobState state : {JobState::kDone, JobState::kFailed, JobState::kCancelled,
                               JobState::kPaused, JobState::kWaiting}) {
    ended.state = state;
    ended.why = std::string(ToString(state));
    const std::string text = JobsDocument({Running(), ended});
    EXPECT_THAT(text, HasSubstr("\"fraction\":null,\"rows\":0"));  // not known is not 0
    const auto read = ParseJobsDocument(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(JobsDocument(*read), text);
  }
  const std::string text = ThrottleDocument({{"a-b", 5, 20}, {"c-d", 7, 7}});
  EXPECT_EQ(ThrottleDocument(*ParseThrottleDocument(text)), text);
}

TEST(JobJson, WhatIsNoDocument) {
  const std::string good = JobsDocument({Running()});
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return ParseJobsDocument(text).status().code();
  };
  EXPECT_EQ(with("\"rows\":12", "\"rows\":12"), absl::StatusCode::kOk);
  EXPECT_EQ(with(":1,", ":2,"), absl::StatusCode::kFailedPrecondition);
  for (const auto& [from, to] : {std::pair{"running", "sleeping"},
                                 {"\"rows\":12", "\"rows\":\"12\""},
                                 {"\"rows\":12,", ""},
                                 {"2026-11-23T16:38:04Z\",", "then\","},
                                 {"}]}", "}]"}}) {
    EXPECT_EQ(with(from, to), absl::StatusCode::kDataLoss) << to;
  }
  EXPECT_THAT(std::string(ParseThrottleDocument("[]").status().message()), HasSubstr("links"));
}

}  // namespace
}  // namespace twinwatch
