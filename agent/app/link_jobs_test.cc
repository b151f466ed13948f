#include "agent/app/link_jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Optional;

const absl::Time kNoon = absl::FromUnixSeconds(1795435200);  // 2026-11-23T12:00:00Z
const TableName kT{"default", "t"}, kU{"default", "u"};
constexpr JobKind kFull = JobKind::kFullPass, kIncremental = JobKind::kIncrementalPass;

VerifyConfig Config() {
  VerifyConfig config;
  config.window = "11:00-13:00";
  return config;
}

class LinkJobsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    jobs_.Look(std::nullopt, now_);
    full_ = jobs_.pacing().BeginFull();
    jobs_.Begin(kFull, {"f1", now_, {{kT, 30}, {kU, 10}}}, now_);
  }

  // One second in which so many bytes were read.
  void Second(uint64_t bytes) {
    ServerAnswer answer;
    answer.bytes = bytes;
    full_->Took(answer, {});
    now_ += absl::Seconds(1);
    jobs_.Look(std::nullopt, now_);
  }
  Job Full() { return *jobs_.Find("f1"); }
  static absl::StatusCode CodeOf(const Status& status) { return status.code(); }

  absl::Time now_ = kNoon;
  LinkJobs jobs_{"a-b", Config(), absl::UTCTimeZone()};
  Governor* full_ = nullptr;
};

TEST_F(LinkJobsTest, HowFarItIs) {
  EXPECT_EQ(Full().bytes_per_second, std::nullopt);
  jobs_.Progress(kFull, kT, 0.5, "");
  jobs_.Rows(kFull, kT, 700);
  jobs_.Rows(kFull, kT, 600);  // from an older count
  Second(1000);
  Job job = Full();
  EXPECT_EQ(job.state, JobState::kRunning);
  EXPECT_EQ(job.link, "a-b");
  EXPECT_EQ(job.table, "t");
  EXPECT_EQ(job.tables_done, 0u);
  EXPECT_EQ(job.rows, 700u);
  EXPECT_EQ(job.bytes, 1000u);
  EXPECT_THAT(job.fraction, Optional(0.375));
  EXPECT_THAT(job.bytes_per_second, Optional(1000.0));
  EXPECT_THAT(job.limit_bytes_per_second, Optional(20'000'000u));
  jobs_.Rows(kFull, kU, 40);
  jobs_.Progress(kFull, kU, 0.5, "");
  job = Full();
  EXPECT_EQ(job.table, "u");
  EXPECT_EQ(job.tables_done, 1u);
  EXPECT_EQ(job.rows, 740u);
  EXPECT_THAT(job.fraction, Optional(0.875));
}

TEST_F(LinkJobsTest, TheRateIsThatOfTheLastTenSeconds) {
  for (int i = 0; i < 30; ++i) Second(1000);
  EXPECT_THAT(Full().bytes_per_second, Optional(1000.0));
  for (int i = 0; i < 12; ++i) Second(0);
  EXPECT_THAT(Full().bytes_per_second, Optional(0.0));
}

TEST_F(LinkJobsTest, TimeLeftIsToldWhereItCanBe) {
  Second(1);
  EXPECT_EQ(Full().left, std::nullopt);
  for (int i = 1; i <= 10; ++i) {
    jobs_.Progress(kFull, kT, i / 100.0, "");
    Second(1);
  }
  // Three quarters of all at a hundredth a second, and a quarter more.
  ASSERT_TRUE(Full().left.has_value());
  EXPECT_NEAR(absl::ToDoubleSeconds(*Full().left), (1 - 0.075) / 0.0075, 1);
  jobs_.SetRate(1000);
  Second(1);
  EXPECT_EQ(Full().left, std::nullopt);  // it was that of another rate
  ASSERT_TRUE(jobs_.Pause("f1", "alice", now_).ok());
  for (int i = 0; i < 10; ++i) Second(0);
  EXPECT_EQ(Full().left, std::nullopt);
}

TEST_F(LinkJobsTest, WithoutKnownSizesTheWholeIsNotKnown) {
  jobs_.pacing().BeginIncremental();
  jobs_.Begin(kIncremental, {"i1", now_, {{kT, 0}, {kU, 0}}}, now_);
  jobs_.Progress(kIncremental, kT, 0.5, "");
  EXPECT_EQ(jobs_.Find("i1")->fraction, std::nullopt);
}

TEST_F(LinkJobsTest, ItSaysForWhatItWaits) {
  jobs_.Progress(kFull, kT, 0.1, "replication has to pass");
  EXPECT_EQ(Full().state, JobState::kWaiting);
  EXPECT_THAT(Full().why, Optional(std::string("replication has to pass")));
  jobs_.Progress(kFull, kT, 0.0, "");
  EXPECT_EQ(Full().state, JobState::kRunning);
  EXPECT_THAT(Full().fraction, Optional(0.075));
  jobs_.Look(absl::Minutes(5), now_);
  EXPECT_THAT(Full().why, Optional(HasSubstr("verify.max_lag")));
  jobs_.Look(std::nullopt, now_ + absl::Hours(3));
  EXPECT_EQ(Full().state, JobState::kWaiting);
  EXPECT_THAT(Full().why, Optional(HasSubstr("verify.window")));
}

TEST_F(LinkJobsTest, AnOperatorsPauseHoldsUntilItIsResumed) {
  ASSERT_TRUE(jobs_.Pause("f1", "alice", now_).ok());
  EXPECT_EQ(Full().state, JobState::kPaused);
  EXPECT_THAT(Full().why, Optional(std::string("paused by alice at 2026-11-23T12:00:00Z")));
  for (const auto& [lag, hours] : {std::pair{absl::Minutes(5), 0},
                                   {absl::Seconds(0), 0},
                                   {absl::Seconds(0), 3},
                                   {absl::Seconds(0), 24}}) {
    jobs_.Look(lag, now_ + absl::Hours(hours));
    EXPECT_EQ(Full().state, JobState::kPaused);
  }
  EXPECT_EQ(CodeOf(jobs_.Pause("f1", "bob", now_)), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(jobs_.Resume("f1", now_).ok());
  EXPECT_EQ(Full().state, JobState::kRunning);
  EXPECT_EQ(CodeOf(jobs_.Resume("f1", now_)), absl::StatusCode::kFailedPrecondition);
}

TEST_F(LinkJobsTest, APauseEndsWithThePass) {
  ASSERT_TRUE(jobs_.Pause("f1", "alice", now_).ok());
  jobs_.End(kFull, absl::OkStatus(), "same", now_);
  jobs_.pacing().EndFull();
  EXPECT_EQ(jobs_.pacing().BeginFull()->paused(), std::nullopt);
}

TEST_F(LinkJobsTest, ACancelledOneEndsAndTheNextWaits) {
  ASSERT_TRUE(jobs_.Cancel("f1", "alice", now_).ok());
  EXPECT_TRUE(absl::IsCancelled(full_->status()));
  EXPECT_THAT(Full().why, Optional(AllOf(HasSubstr("cancelled by alice at 2026-11-23T12:00:00Z"),
                                         HasSubstr("before 2026-11-23T13:00:00Z"))));
  EXPECT_EQ(CodeOf(jobs_.Cancel("f1", "bob", now_)), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(jobs_.Pause("f1", "bob", now_)), absl::StatusCode::kFailedPrecondition);
  jobs_.End(kFull, absl::UnavailableError("table t: cancelled"), "drift", now_ + absl::Seconds(1));
  jobs_.pacing().EndFull();
  const Job job = Full();
  EXPECT_EQ(job.state, JobState::kCancelled);
  EXPECT_EQ(job.ended, now_ + absl::Seconds(1));
  EXPECT_THAT(job.verdict, Optional(std::string("drift")));
  EXPECT_EQ(job.bytes_per_second, std::nullopt);
  EXPECT_THAT(job.why, Optional(HasSubstr("no full pass begins before 2026-11-23T13:00:00Z")));
  EXPECT_EQ(jobs_.NotBefore(kFull), now_ + kAfterCancel);
  EXPECT_EQ(jobs_.NotBefore(kIncremental), absl::InfinitePast());
  EXPECT_TRUE(jobs_.pacing().BeginFull()->status().ok());
}

TEST_F(LinkJobsTest, WhatFailedSaysWhy) {
  jobs_.End(kFull, absl::UnavailableError("table t: no answer"), "unknown", now_);
  EXPECT_EQ(Full().state, JobState::kFailed);
  EXPECT_THAT(Full().why, Optional(std::string("table t: no answer")));
}

TEST_F(LinkJobsTest, OneThatIsGoneOnWithIsTheSameJob) {
  jobs_.End(kFull, absl::UnavailableError("no answer"), "unknown", now_);
  jobs_.Begin(kFull, {"f1", kNoon, {{kT, 1}}}, now_);
  EXPECT_EQ(jobs_.jobs().size(), 1u);
  EXPECT_EQ(Full().state, JobState::kRunning);
}

TEST_F(LinkJobsTest, OfThoseThatEndedSomeOfEachKindAreKept) {
  jobs_.End(kFull, absl::OkStatus(), "same", now_);
  for (int i = 0; i < 100; ++i) {
    jobs_.Begin(kIncremental, {fmt::format("i{}", i), now_, {}}, now_);
    jobs_.End(kIncremental, absl::OkStatus(), "same", now_);
  }
  const std::vector<Job> all = jobs_.jobs();
  ASSERT_EQ(all.size(), 31u);
  EXPECT_EQ(all.front().id, "i99");
  EXPECT_EQ(all.back().id, "f1");
}

TEST_F(LinkJobsTest, WhatIsNotThereOrInNoStateForIt) {
  EXPECT_EQ(CodeOf(jobs_.Pause("x", "alice", now_)), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(jobs_.Approve("x", "alice", absl::UnixEpoch())), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(jobs_.Approve("f1", "alice", absl::UnixEpoch())),
            absl::StatusCode::kFailedPrecondition);
  jobs_.End(kFull, absl::OkStatus(), "same", now_);
  for (const Status& status : {jobs_.Pause("f1", "alice", now_), jobs_.Resume("f1", now_),
                               jobs_.Cancel("f1", "alice", now_)}) {
    EXPECT_EQ(CodeOf(status), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(Text(status)), HasSubstr("has ended (done)"));
  }
}

}  // namespace
}  // namespace twinwatch::app
