#include "agent/app/write_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/app/read_file.h"

namespace twinwatch::app {
namespace {

class WriteFileTest : public ::testing::Test {
 protected:
  WriteFileTest() : folder_(::testing::TempDir() + "/write_file_test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  ~WriteFileTest() override { std::filesystem::remove_all(folder_); }

  static mode_t ModeOf(const std::string& path) {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }

  std::string folder_;
};

TEST_F(WriteFileTest, TakesThePlaceOfWhatWasThere) {
  const std::string path = folder_ + "/plan";
  ASSERT_TRUE(WriteWhole(path, "a long first one", 0640).ok());
  ASSERT_TRUE(WriteWhole(path, "second", 0640).ok());
  EXPECT_EQ(*ReadFile(path, 100), "second");
  EXPECT_EQ(ModeOf(path), mode_t{0640});
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(WriteFileTest, SaysWhichFileCannotBeWritten) {
  const Status status = WriteWhole(folder_ + "/none/plan", "x", 0640);
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_NE(Text(status).find("/none/plan cannot be written: No such file"), std::string::npos)
      << status;
}

TEST_F(WriteFileTest, WhatIsPrivateIsSoWithItsFolders) {
  const std::string path = folder_ + "/a/b/plan";
  ASSERT_TRUE(WritePrivate(path, "x").ok());
  EXPECT_EQ(ModeOf(path), mode_t{0600});
  EXPECT_EQ(ModeOf(folder_ + "/a/b"), mode_t{0700});
  EXPECT_EQ(ModeOf(folder_ + "/a"), mode_t{0700});
}

}  // namespace
}  // namespace twinwatch::app
