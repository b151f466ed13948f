#include "probes/copytable/job_output.h"

#include <gmock/gmock.h>

#include <random>
#include <vector>

namespace twinwatch::copytable {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kLocal[] = {
    "2026-11-26 05:00:00,100 INFO  JobSubmitter: number of splits:1",
    "2026-11-26 05:00:00,200 INFO  JobSubmitter: Submitting tokens for job: job_local482_0001",
    "2026-11-26 05:00:00,300 INFO  Job: Running job: job_local482_0001",
    "2026-11-26 05:00:01,300 INFO  Job:  map 0% reduce 0%",
    ("2026-11-26 05:00:02,200 INFO  Task: Final Counters for attempt_local482_0001_m_000000_0: "
     "Counters: 26"),
    "\t\tMap input records=34",
    "2026-11-26 05:00:02,300 INFO  Job:  map 40% reduce 0%",
    "2026-11-26 05:00:03,300 INFO  Job:  map 100% reduce 0%",
    "2026-11-26 05:00:03,400 INFO  Job: Job job_local482_0001 completed successfully",
    "2026-11-26 05:00:03,500 INFO  Job: Counters: 44",
    "\tMap-Reduce Framework",
    "\t\tMap input records=1234",
    "\t\tMap output records=1234",
};

TEST(JobOutput, ALocalJob) {
  JobOutput output;
  EXPECT_FALSE(output.not_submitted()) << "it has not said anything";
  std::vector<double> shares;
  for (const char* line : kLocal) {
    if (output.Take(line)) shares.push_back(output.progress().share);
    EXPECT_EQ(std::string_view(line).ends_with("splits:1"), output.not_submitted()) << line;
    EXPECT_TRUE(output.completed() || !output.rows_read()) << line;
  }
  EXPECT_THAT(shares, ::testing::ElementsAre(0.4, 1.0));
  EXPECT_TRUE(output.local());
  EXPECT_TRUE(output.completed());
  EXPECT_TRUE(output.over());
  EXPECT_EQ("", output.progress().application_id);
  EXPECT_EQ(1234u, output.rows_read());
}

TEST(JobOutput, AnApplicationIsKnownBeforeItIsSubmitted) {
  JobOutput output;
  EXPECT_TRUE(
      output.Take("x INFO mapreduce.JobSubmitter: Submitting tokens for job: job_1764_0012"));
  EXPECT_EQ("application_1764_0012", output.progress().application_id);
  EXPECT_FALSE(output.local());
  EXPECT_FALSE(
      output.Take("INFO impl.YarnClientImpl: Submitted application application_1764_0012"));
  EXPECT_FALSE(output.Take("INFO mapreduce.Job: Running job: job_1764_0012"));
  EXPECT_FALSE(output.over());
  output.Take("INFO mapreduce.Job: Job job_1764_0012 failed with state KILLED due to: killed");
  EXPECT_TRUE(output.over());
  EXPECT_FALSE(output.completed());
}

// HBase's own lines say nothing of the level of org.apache.hadoop.mapreduce.
TEST(JobOutput, WhetherAJobWasSubmittedIsOnlyKnownFromWhoNamesIt) {
  JobOutput output;
  output.Take("2026-11-26 05:00:00,100 INFO  [main] zookeeper.ReadOnlyZKClient: Connect");
  output.Take("2026-11-26 05:00:00,100 INFO  [main] mapreduce.TableOutputFormat: Created table");
  EXPECT_FALSE(output.not_submitted());
  output.Take("2026-11-26 05:00:01,100 INFO  [main] mapreduce.JobSubmitter: number of splits:1");
  EXPECT_TRUE(output.not_submitted());
}

TEST(JobOutput, WhateverNamesItFirst) {
  JobOutput submitted;
  EXPECT_TRUE(
      submitted.Take("INFO impl.YarnClientImpl: Submitted application application_17_0003"));
  EXPECT_EQ("application_17_0003", submitted.progress().application_id);
  JobOutput running;
  EXPECT_TRUE(running.Take("INFO mapreduce.Job: Running job: job_17_0003"));
  EXPECT_EQ("application_17_0003", running.progress().application_id);
}

TEST(JobOutput, OnlyTheFirstJobCounts) {
  JobOutput output;
  output.Take("INFO Job: Running job: job_1_0001");
  EXPECT_FALSE(output.Take("INFO Job: Running job: job_2_0002"));
  EXPECT_EQ("application_1_0001", output.progress().application_id);
  output.Take("INFO Job: Job job_2_0002 completed successfully");
  output.Take("INFO Job: Job job_1_00011 completed successfully");
  EXPECT_FALSE(output.completed());
  output.Take("INFO Job: Job job_1_0001 completed successfully");
  EXPECT_TRUE(output.completed());
}

TEST(JobOutput, NothingCountsBeforeThereIsAJob) {
  JobOutput output;
  for (const char* line :
       {"Map input records=5", " map 50% reduce 0%", "Job job_1_0001 completed successfully",
        "Running job: job_x", "Running job: job_1", "Running job: job_1_", "Running job: job__1",
        "Running job: job_123456789012345678901_1"}) {
    EXPECT_FALSE(output.Take(line)) << line;
  }
  EXPECT_FALSE(output.completed());
  EXPECT_FALSE(output.rows_read());
  EXPECT_EQ(CopyProgress(), output.progress());
}

TEST(JobOutput, OddNumbersAreNone) {
  JobOutput output;
  output.Take("Running job: job_local1_1");
  for (const char* line : {" map 101% reduce 0%", " map -1% reduce 0%", " map % reduce 0%",
                           " map 5 reduce 0%", " map 99999999999999999999% reduce 0%"}) {
    EXPECT_FALSE(output.Take(line)) << line;
  }
  output.Take("Job job_local1_1 completed successfully");
  output.Take("\t\tMap input records=99999999999999999999999");
  output.Take("\t\tMap input records=");
  EXPECT_FALSE(output.rows_read());
}

TEST(JobOutput, ProgressDoesNotGoBack) {
  JobOutput output;
  output.Take("Running job: job_local1_1");
  output.Take(" map 60% reduce 0%");
  EXPECT_FALSE(output.Take(" map 20% reduce 0%"));
  EXPECT_EQ(0.6, output.progress().share);
}

TEST(JobOutput, LastWordsAreTheErrors) {
  JobOutput output;
  EXPECT_EQ("it printed nothing", output.LastWords());
  output.Take("Usage: CopyTable");
  output.Take("the last");
  EXPECT_EQ("Usage: CopyTable / the last", output.LastWords());
  output.Take("Exception in thread \"main\" TableNotFoundException: no table x");
  output.Take("\tat org.apache.SomeException.method(File.java:1)");
  output.Take("\t... 12 more");
  output.Take("Caused by: java.io.IOException: " + std::string(5000, 'x') + "\x1b[31m");
  for (int i = 0; i < 10; ++i) output.Take("2026 INFO chatter");
  EXPECT_THAT(output.LastWords(),
              AllOf(HasSubstr("no table x / Caused by: java.io.IOException: xxx"),
                    Not(HasSubstr("method")), Not(HasSubstr("chatter"))));
  EXPECT_LT(output.LastWords().size(), 1000u);
}

TEST(FindApplicationId, AnywhereInALine) {
  EXPECT_EQ("application_12_0001", FindApplicationId("  application_12_0001\t  name"));
  EXPECT_EQ("application_12_0001", FindApplicationId("application_x application_12_0001."));
  EXPECT_EQ("", FindApplicationId("application_12"));
  EXPECT_EQ("", FindApplicationId(""));
}

TEST(JobOutput, AnyLinesAtAll) {
  const std::string_view pieces[] = {"job_",
                                     "local",
                                     "1",
                                     "_",
                                     "Running job: ",
                                     "Submitted application ",
                                     "application_",
                                     " map ",
                                     "% reduce ",
                                     "Job ",
                                     " completed successfully",
                                     "Map input records=",
                                     "\xff",
                                     "\n",
                                     "INFO "};
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    JobOutput output;
    for (int line = 0; line < 8; ++line) {
      std::string text;
      for (size_t n = random() % 9; n > 0; --n) text += pieces[random() % std::size(pieces)];
      const CopyProgress before = output.progress();
      EXPECT_EQ(output.Take(text), output.progress() != before);
      EXPECT_TRUE(output.progress().share >= before.share && output.progress().share <= 1);
    }
    const std::string& id = output.progress().application_id;
    EXPECT_EQ(id, FindApplicationId(id));
    EXPECT_TRUE(id.empty() || !output.local());
  }
}

}  // namespace
}  // namespace twinwatch::copytable
