#include "agent/app/repair_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "agent/app/write_file.h"

namespace twinwatch::app {
namespace {

class RepairMemoryTest : public ::testing::Test {
 protected:
  RepairMemoryTest() : folder_(::testing::TempDir() + "memory") {
    std::filesystem::remove_all(folder_);
    path_ = MemoryFile(folder_, "a/b");
  }

  std::string folder_;
  std::string path_;
};

RepairMemory Full() {
  RepairMemory memory;
  memory.plan = StandingPlan{"sha256:0123456789abcdef",
                             "/p",
                             "d1",
                             absl::FromUnixMillis(5),
                             1,
                             2,
                             3,
                             true,
                             true,
                             4,
                             "in t: \xff",
                             "alice",
                             "bob",
                             true};
  memory.failures = 2;
  memory.failed = FailedRepair{"sha256:ff", absl::FromUnixMillis(6), absl::FromUnixMillis(7), "no"};
  memory.broke_off = absl::FromUnixMillis(7);
  memory.cancelled = "cancelled by alice";
  memory.rejected = "d0";
  return memory;
}

TEST_F(RepairMemoryTest, WhatWasKeptIsThereAgain) {
  EXPECT_EQ(*LoadRepairMemory(path_), RepairMemory());
  ASSERT_TRUE(SaveRepairMemory(path_, Full()).ok());
  RepairMemory expected = Full();
  expected.plan->first_refusal = "in t: \xef\xbf\xbd";
  EXPECT_EQ(*LoadRepairMemory(path_), expected);
  ASSERT_TRUE(SaveRepairMemory(path_, RepairMemory()).ok());
  EXPECT_EQ(*LoadRepairMemory(path_), RepairMemory());
}

TEST_F(RepairMemoryTest, TheFileIsItsOwnersAlone) {
  ASSERT_TRUE(SaveRepairMemory(path_, Full()).ok());
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::filesystem::path(path_).filename(), "link-a%2Fb.json");
}

TEST_F(RepairMemoryTest, WhatIsDamagedIsNoEmptyMemory) {
  ASSERT_TRUE(SaveRepairMemory(path_, Full()).ok());
  for (const char* text : {"", "{", "[]", "{\"version\":1}", "{\"version\":2}",
                           "{\"version\":1,\"plan\":null,\"failures\":\"x\"}"}) {
    std::ofstream(path_) << text;
    EXPECT_EQ(LoadRepairMemory(path_).status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

TEST_F(RepairMemoryTest, WhatCannotBeWrittenLeavesWhatWasThere) {
  ASSERT_TRUE(SaveRepairMemory(path_, Full()).ok());
  // A folder in place of the fresh file: not to be written, by root neither.
  ASSERT_TRUE(std::filesystem::create_directories(path_ + ".new/x"));
  EXPECT_FALSE(SaveRepairMemory(path_, RepairMemory()).ok());
  EXPECT_EQ(LoadRepairMemory(path_)->failures, 2);
}

TEST_F(RepairMemoryTest, OldPlansGoAndNothingElse) {
  const std::string folder = PlansFolder(folder_);
  const absl::Time now = absl::FromUnixSeconds(1'764'000'000);
  for (const char* name : {"repair-old.plan", "repair-new.plan", "link-x.json"}) {
    const std::string path = folder + "/" + name;
    ASSERT_TRUE(WritePrivate(path, "x").ok());
    const absl::Duration age =
        std::string(name) == "repair-new.plan" ? absl::Hours(24) : absl::Hours(26);
    const timespec time = absl::ToTimespec(now - age);
    const timespec times[] = {time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  RemoveOldPlans(folder, now);
  EXPECT_FALSE(std::filesystem::exists(folder + "/repair-old.plan"));
  EXPECT_TRUE(std::filesystem::exists(folder + "/repair-new.plan"));
  EXPECT_TRUE(std::filesystem::exists(folder + "/link-x.json"));
}

TEST(StandingPlan, SumsWhatIsWritten) {
  RepairPlan plan;
  PlannedRange range;
  range.table = {"default", "t"};
  range.rows = 3;
  range.bytes = 100;
  range.drifted.resize(3);
  plan.ranges = {range, range};
  plan.ranges[1].drifted[1].deletes = true;
  plan.refused.push_back({range.table, "r", "an extra row"});
  const StandingPlan standing = StandingPlanOf(plan, "sha256:0123456789abcdef", "/p", "d");
  EXPECT_EQ(standing.rows, 6u);
  EXPECT_EQ(standing.bytes, 200u);
  EXPECT_EQ(standing.tables, 1u);
  EXPECT_TRUE(standing.removes);
  EXPECT_FALSE(standing.compacts);
  EXPECT_EQ(standing.refused, 1u);
  EXPECT_EQ(standing.first_refusal, "in t: an extra row");
  EXPECT_EQ(RepairName(standing.digest), "repair-0123456789ab");
}

}  // namespace
}  // namespace twinwatch::app
