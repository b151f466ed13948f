#include "agent/app/jobs_api.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "agent/app/link_repairs.h"
#include "exporters/job_json.h"

namespace twinwatch::app {
namespace {

class JobsApi : public ::testing::Test {
 protected:
  JobsApi() {
    for (LinkJobs* link : {&one_, &two_}) {
      link->pacing().BeginFull();
      link->Begin(JobKind::kFullPass, {link->link() + "1", absl::Now(), {}}, absl::Now());
      access_.links.push_back(link);
    }
  }

  http_server::Response Ask(const std::string& method, const std::string& rest,
                            const std::string& body = "") {
    http_server::Request request;
    request.method = method;
    request.user = "alice";
    request.body = body;
    return JobsAnswer(rest, request, access_, absl::Now());
  }

  LinkJobs one_{"one", VerifyConfig(), absl::UTCTimeZone()};
  LinkJobs two_{"two", VerifyConfig(), absl::UTCTimeZone()};
  JobsAccess access_;
  bool full_ = false;
};

TEST_F(JobsApi, WhichMethodsAreAnsweredWhere) {
  EXPECT_EQ(JobsMethods("jobs"), "GET, HEAD");
  EXPECT_EQ(JobsMethods("jobs/x"), "GET, HEAD");
  EXPECT_EQ(JobsMethods("throttle"), "GET, HEAD, PUT");
  for (const char* action : {"pause", "resume", "cancel", "approve"})
    EXPECT_EQ(JobsMethods(std::string("jobs/x/") + action), "POST");
  for (const char* other : {"", "job", "jobs/", "jobs//pause", "jobs/x/", "jobs/x/stop",
                            "jobs/x/pause/", "throttle/", "jobsx"}) {
    EXPECT_EQ(JobsMethods(other), "") << other;
  }
}

TEST_F(JobsApi, AJobIsFoundWhateverItsLink) {
  EXPECT_EQ(ParseJobsDocument(Ask("GET", "jobs").body)->size(), 2u);
  EXPECT_EQ(ParseJobsDocument(Ask("GET", "jobs/two1").body)->at(0).link, "two");
  EXPECT_EQ(Ask("GET", "jobs/three1").status, 404);
  EXPECT_EQ(Ask("POST", "jobs/two1/pause").status, 200);
  EXPECT_EQ(two_.Find("two1")->state, JobState::kPaused);
  EXPECT_EQ(one_.Find("one1")->state, JobState::kRunning);
}

TEST_F(JobsApi, ARepairIsApprovedByItsIdAndTheAuditLogHasThePlan) {
  LinkRepairs repairs("two", RepairMode::kApprove, {},
                      [](const RepairMemory&) { return absl::OkStatus(); });
  StandingPlan plan;
  plan.digest = "sha256:0123456789abcdef";
  plan.rows = 1;
  ASSERT_TRUE(repairs.Planned(plan).ok());
  repairs.Show({RepairStep::Kind::kAwaitApproval, "x"}, 1, absl::Now());
  const std::string path = ::testing::TempDir() + "jobs_api_audit.log";
  std::remove(path.c_str());
  AuditLog audit(path);
  access_.repairs = {&repairs};
  access_.audit = &audit;
  // What has not ended comes first.
  EXPECT_EQ(ParseJobsDocument(Ask("GET", "jobs").body)->size(), 3u);
  EXPECT_EQ(Ask("POST", "jobs/one1/approve").status, 409);
  EXPECT_EQ(Ask("POST", "jobs/repair-0123456789ab/approve", R"({"x":1})").status, 400);
  EXPECT_FALSE(repairs.Facts({}, {}).plan->approved);
  EXPECT_EQ(Ask("POST", "jobs/repair-0123456789ab/approve").status, 200);
  EXPECT_TRUE(repairs.Facts({}, {}).plan->approved);
  EXPECT_EQ(Ask("POST", "jobs/repair-0123456789ab/approve").status, 409);
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(text.find("status=200 note=\"plan sha256:0123456789abcdef\""), std::string::npos)
      << text;
  EXPECT_EQ(text.find("one1/approve\" body=\"\" status=409 note"), std::string::npos) << text;
}

TEST_F(JobsApi, WhatCannotBeWrittenDownIsNotApproved) {
  LinkRepairs repairs("two", RepairMode::kApprove, {}, [this](const RepairMemory&) {
    return full_ ? absl::UnavailableError("no room") : absl::OkStatus();
  });
  StandingPlan plan;
  plan.digest = "sha256:0123456789abcdef";
  ASSERT_TRUE(repairs.Planned(plan).ok());
  repairs.Show({RepairStep::Kind::kAwaitApproval, "x"}, 1, absl::Now());
  access_.repairs = {&repairs};
  full_ = true;
  EXPECT_EQ(Ask("POST", "jobs/repair-0123456789ab/approve").status, 503);
  EXPECT_FALSE(repairs.Facts({}, {}).plan->approved);
}

TEST_F(JobsApi, ReadingChangesNothing) {
  EXPECT_EQ(Ask("GET", "throttle", R"({"verify":"1MB/s"})").status, 200);
  EXPECT_EQ(one_.rate().verify_bytes_per_second, 20'000'000u);
}

TEST_F(JobsApi, ARateThatIsNoneChangesNothing) {
  EXPECT_EQ(Ask("PUT", "throttle", R"({"verify":"1MB/s","link":"three"})").status, 404);
  EXPECT_EQ(Ask("PUT", "throttle", R"({"verify":"1MB/s","rate":"1MB/s"})").status, 400);
  EXPECT_EQ(one_.rate().verify_bytes_per_second, 20'000'000u);
  EXPECT_EQ(Ask("PUT", "throttle", R"({"verify":"1MB/s","link":"two"})").status, 200);
  EXPECT_EQ(one_.rate().verify_bytes_per_second, 20'000'000u);
  EXPECT_EQ(two_.rate().verify_bytes_per_second, 1'000'000u);
}

}  // namespace
}  // namespace twinwatch::app
