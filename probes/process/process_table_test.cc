#include "probes/process/process_table.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace twinwatch::process {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

TEST(ProcessTable, ReadsAStatWhateverTheProgramIsCalled) {
  const std::optional<ProcessStat> stat = ParseProcessStat("42 (a) R 7 (b) Z 17 23 99 0 -1");
  ASSERT_TRUE(stat);
  EXPECT_EQ('Z', stat->state);
  EXPECT_EQ(17, stat->parent);
  EXPECT_EQ(23, stat->group);
  EXPECT_FALSE(stat->runs());
  EXPECT_TRUE(ParseProcessStat("1 (java) S 0 1 1")->runs());
}

TEST(ProcessTable, TakesNothingElse) {
  for (const char* text : {"", "1 (x", "1 (x)", "1 (x) S", "1 (x) S 1", "1 (x) SS 1 1",
                           "1 (x) S a 1", "1 (x) S 1 99999999999999999999"}) {
    EXPECT_FALSE(ParseProcessStat(text)) << text;
  }
}

TEST(ProcessTable, FindsThisVeryProcess) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string name;
  std::getline(file, name, '\0');
  EXPECT_THAT(RunningOfGroup(getpgrp()), Contains(getpid()));
  EXPECT_THAT(RunningWithArgument(name), Contains(getpid()));
  EXPECT_THAT(RunningWithArgument(name.substr(1) + "-no-such-argument"), IsEmpty());
}

}  // namespace
}  // namespace twinwatch::process
