#include "probes/copytable/applications.h"

#include <gmock/gmock.h>

namespace twinwatch::copytable {
namespace {

TEST(Applications, TheStateOfAReport) {
  const std::vector<std::string> report = {
      "2026 INFO DefaultNoHARMFailoverProxyProvider: Connecting to ResourceManager",
      "Application Report : ", "\tApplication-Id : application_1_0001", "\tState : RUNNING",
      "\tFinal-State : UNDEFINED"};
  EXPECT_EQ("RUNNING", StateIn(report));
  EXPECT_EQ("", StateIn({"\tFinal-State : KILLED", "State: KILLED", ""}));
  EXPECT_FALSE(IsOverState("RUNNING"));
  EXPECT_FALSE(IsOverState(""));
  for (const char* state : {"FINISHED", "FAILED", "KILLED"}) EXPECT_TRUE(IsOverState(state));
}

TEST(Applications, OneThatYarnDoesNotKnow) {
  EXPECT_TRUE(IsForgotten({"x",
                           "Application with id 'application_1_0001' doesn't exist in RM or "
                           "Timeline Server."}));
  EXPECT_FALSE(IsForgotten({"ERROR: connection refused"}));
}

TEST(Applications, NoJobs) {
  EXPECT_TRUE(SaysNoJobs({"INFO x", "Total jobs:0", "  JobId  State"}));
  EXPECT_FALSE(SaysNoJobs({"Total jobs:1"}));
  EXPECT_FALSE(SaysNoJobs({"Total jobs:"}));
  EXPECT_FALSE(SaysNoJobs({"Total jobs:0x"}));
  EXPECT_FALSE(SaysNoJobs({}));

  const std::string stack = "\tat org.apache.hadoop.mapreduce.tools.CLI.listJobs(CLI.java:683)";
  EXPECT_TRUE(
      SaysNoJobs({"Exception in thread \"main\" java.lang.NullPointerException: Cannot", stack}));
  EXPECT_FALSE(SaysNoJobs({"Exception in thread \"main\" java.io.IOException: no answer", stack}));
  EXPECT_FALSE(SaysNoJobs({"Exception in thread \"main\" java.lang.NullPointerException"}));
}

}  // namespace
}  // namespace twinwatch::copytable
