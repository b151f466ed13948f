#include "probes/dfs/wal_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "probes/dfs/local_files.h"
#include "tests/support/run_coro.h"

namespace twinwatch::dfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using twinwatch::testing::RunCoro;
using Place = WalFile::Place;

constexpr char kWal[] = "h%2C1%2C2.1700000000000";
constexpr char kLive[] = "/hbase/WALs/h,1,2/h%2C1%2C2.1700000000000";
constexpr char kOld[] = "/hbase/oldWALs/h%2C1%2C2.1700000000000";
constexpr char kSplitting[] = "/hbase/WALs/h,1,2-splitting/h%2C1%2C2.1700000000000";

struct FakeFiles : public FileSystem {
  std::map<std::string, StatusOr<FileStart>> files;
  std::vector<std::string> asked;
  bool has_folder = true;

  std::string where() const override { return "in memory"; }
  Task<StatusOr<FileStart>> Open(std::string path, Deadline) override {
    asked.push_back(path);
    const auto it = files.find(path);
    if (it == files.end()) co_return absl::NotFoundError("no such file");
    co_return it->second;
  }
  Task<StatusOr<bool>> HasFolder(std::string, Deadline) override { co_return has_folder; }
  Task<StatusOr<std::vector<FolderEntry>>> List(std::string, Deadline) override {
    co_return absl::UnimplementedError("");
  }
  Task<StatusOr<uint64_t>> FreeBytes(std::string, Deadline) override { co_return 3000; }
};

class WalFoldersTest : public ::testing::Test {
 protected:
  StatusOr<WalFile> Measure(const std::string& wal = kWal) { return RunCoro(wals_.Measure(wal)); }

  FakeFiles* files_ = new FakeFiles;
  WalFolders wals_{std::unique_ptr<FileSystem>(files_), "/hbase/", std::chrono::seconds(1)};
};

TEST_F(WalFoldersTest, TheOpenWalIsTheFirstGuess) {
  files_->files[kLive] = FileStart{200, "PWAL\x50..."};
  const auto file = Measure();
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->bytes, 200u);
  EXPECT_EQ(file->header_bytes, 85u);
  EXPECT_EQ(file->place, Place::kWals);
  EXPECT_THAT(files_->asked, ElementsAre(kLive));
  files_->files[kLive]->bytes = 300;
  EXPECT_EQ(Measure()->bytes, 300u);
}

TEST_F(WalFoldersTest, EachByteTakesTheSpaceOfItsReplicas) {
  WalFolders wals(std::make_unique<FakeFiles>(), "/hbase/", std::chrono::seconds(1), 3);
  EXPECT_EQ(*RunCoro(wals.FreeBytes()), 1000u);
}

TEST_F(WalFoldersTest, ClosedOnesAreAskedForOnce) {
  files_->files[kOld] = FileStart{200, "PWAL\x50..."};
  EXPECT_EQ(Measure()->place, Place::kOldWals);
  EXPECT_EQ(Measure()->bytes, 200u);
  EXPECT_THAT(files_->asked, ElementsAre(kLive, kOld));
}

TEST_F(WalFoldersTest, OfADeadServer) {
  files_->files[kSplitting] = FileStart{50, ""};
  EXPECT_EQ(Measure()->place, Place::kSplitting);
  EXPECT_EQ(Measure()->header_bytes, std::nullopt);
}

TEST_F(WalFoldersTest, MissingOnlyWhenEveryFolderSaysSo) {
  const auto missing = Measure();
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  // It may move from the last to the second folder while they are asked.
  EXPECT_THAT(files_->asked, ElementsAre(kLive, kOld, kSplitting, kOld));
  files_->files[kSplitting] = absl::UnavailableError("nn:1: no connection");
  EXPECT_EQ(Measure().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(WalFoldersTest, AWrongFolderIsNoLoss) {
  files_->has_folder = false;
  const auto file = Measure();
  EXPECT_EQ(file.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("no folder /hbase/WALs in memory"));
}

TEST_F(WalFoldersTest, NamesThatLeadElsewhere) {
  for (const char* name : {"", "x", "..%2F..%2C1%2C2.17", "../h%2C1%2C2.17", "h.17"})
    EXPECT_EQ(Measure(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
  EXPECT_TRUE(files_->asked.empty());
}

TEST(LocalFiles, SizeAndHeader) {
  const std::filesystem::path dir =
      std::filesystem::path(::testing::TempDir()) / "twinwatch-local-files";
  std::filesystem::create_directories(dir / "WALs" / "h,1,2");
  std::ofstream(dir / "WALs" / "h,1,2" / kWal, std::ios::binary) << "PWAL\x02xyedits";
  WalFolders wals(std::make_unique<LocalFiles>(), dir.string(), std::chrono::seconds(1));
  const auto file = RunCoro(wals.Measure(kWal));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->bytes, 12u);
  EXPECT_EQ(file->header_bytes, 7u);
  EXPECT_EQ(RunCoro(wals.Measure("h%2C1%2C2.1700000000001")).status().code(),
            absl::StatusCode::kNotFound);
  std::filesystem::remove_all(dir);
  WalFolders nowhere(std::make_unique<LocalFiles>(), dir.string(), std::chrono::seconds(1));
  EXPECT_EQ(RunCoro(nowhere.Measure(kWal)).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace twinwatch::dfs
