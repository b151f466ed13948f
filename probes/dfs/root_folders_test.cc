#include "probes/dfs/root_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "probes/dfs/local_files.h"
#include "tests/support/run_coro.h"

namespace twinwatch::dfs {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using twinwatch::testing::RunCoro;

class RootFoldersTest : public ::testing::Test {
 protected:
  RootFoldersTest() { std::filesystem::remove_all(dir_); }
  ~RootFoldersTest() override { std::filesystem::remove_all(dir_); }

  const std::filesystem::path dir_ =
      std::filesystem::path(::testing::TempDir()) / "twinwatch-root-folders";
  RootFolders folders_{std::make_unique<LocalFiles>(), dir_.string() + "/",
                       std::chrono::seconds(1)};
};

TEST_F(RootFoldersTest, WhatIsInAFolder) {
  std::filesystem::create_directories(dir_ / "data" / "hbase");
  std::filesystem::create_directories(dir_ / "data" / "default");
  std::ofstream(dir_ / "data" / "a-file") << "x";
  const auto entries = RunCoro(folders_.List("data"));
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries,
              UnorderedElementsAre(FolderEntry{"hbase", true}, FolderEntry{"default", true},
                                   FolderEntry{"a-file", false}));
}

TEST_F(RootFoldersTest, NoSuchFolder) {
  std::filesystem::create_directories(dir_ / "data" / "hbase");
  EXPECT_EQ(RunCoro(folders_.List("archive/data")).status().code(), absl::StatusCode::kNotFound);
}

// Else each file would be gone.
TEST_F(RootFoldersTest, AWrongRootIsNotAnEmptyOne) {
  std::filesystem::create_directories(dir_ / "WALs");
  const Status status = RunCoro(folders_.List("archive/data")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/data/hbase on this machine"));
}

}  // namespace
}  // namespace twinwatch::dfs
