#include "verifier/export/export_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "agent/core/bytes.h"
#include "verifier/export/result_record.h"

namespace twinwatch::export_form {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

class ExportFolderTest : public ::testing::Test {
 protected:
  ExportFolderTest() { fs::create_directories(parent_); }
  ~ExportFolderTest() override { fs::remove_all(parent_); }

  StatusOr<ExportFolder> Create(const std::string& name) {
    return ExportFolder::Create((parent_ / name).string(), {{"default", "t"}, "c", "w", false});
  }
  std::set<std::string> Names(const std::string& name) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(parent_ / name))
      names.insert(entry.path().filename().string());
    return names;
  }
  std::string Read(const std::string& name) {
    std::ifstream file(parent_ / name, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

  const fs::path parent_ =
      fs::path(::testing::TempDir()) / ("export_folder." + std::to_string(getpid()));
};

CellView Put(std::string_view row, std::string_view value = "v") {
  return {row, "f", "q", 1, CellType::kPut, value};
}

// Rows of the records, one after another; sync markers are passed over.
std::vector<std::string> RowsOfRecords(std::string_view file) {
  constexpr size_t kHeader = 4 + 1 + kKeyClass.size() + 1 + kValueClass.size() + 2 + 4 + 16;
  std::vector<std::string> rows;
  for (size_t at = kHeader; at < file.size();) {
    const uint32_t size = ReadBigEndian32(file.data() + at);
    if (size == 0xFFFFFFFF) {
      at += 20;
      continue;
    }
    const uint32_t row_size = ReadBigEndian32(file.data() + at + 8);
    rows.emplace_back(file.substr(at + 12, row_size));
    at += 8 + size;
  }
  return rows;
}

TEST_F(ExportFolderTest, HoldsTheDataAndAReadme) {
  auto folder = Create("t");
  ASSERT_TRUE(folder.ok()) << folder.status();
  ASSERT_TRUE(folder->Append(Put("a"), {}).ok());
  ASSERT_TRUE(folder->Append({"a", "f", "", 2, CellType::kDeleteFamily, ""}, {}).ok());
  ASSERT_TRUE(folder->Append(Put("b"), 1000).ok());
  EXPECT_EQ(Names("t"), std::set<std::string>{"_part-m-00000.unfinished"});

  const auto totals = folder->Finish(absl::FromUnixSeconds(0));
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->cells, 3u);
  EXPECT_EQ(totals->delete_markers, 1u);
  EXPECT_EQ(totals->cells_with_ttl, 1u);
  EXPECT_EQ(totals->records, 2u);
  EXPECT_EQ(Names("t"), (std::set<std::string>{"part-m-00000", "_README.txt"}));
  EXPECT_EQ(RowsOfRecords(Read("t/part-m-00000")), (std::vector<std::string>{"a", "b"}));
  EXPECT_THAT(Read("t/_README.txt"), HasSubstr("'file://" + (parent_ / "t").string() + "'"));
  for (const char* name : {"t/part-m-00000", "t/_README.txt"}) {
    EXPECT_EQ(fs::status(parent_ / name).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
  }
}

TEST_F(ExportFolderTest, WithoutCellsIsAFileWithoutRecords) {
  auto folder = Create("t/");
  ASSERT_TRUE(folder.ok()) << folder.status();
  ASSERT_TRUE(folder->Finish(absl::Now()).ok());
  EXPECT_TRUE(RowsOfRecords(Read("t/part-m-00000")).empty());
  EXPECT_TRUE(Read("t/part-m-00000").starts_with("SEQ"));
}

TEST_F(ExportFolderTest, CutsARowIntoRecordsOfAMebibyte) {
  auto folder = Create("t");
  ASSERT_TRUE(folder.ok());
  const std::string half(1 << 19, 'v'), more(3 << 20, 'v');
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(folder->Append(Put("wide", half), {}).ok());
  ASSERT_TRUE(folder->Append(Put("wide", more), {}).ok());
  ASSERT_TRUE(folder->Append(Put("wide"), {}).ok());
  const auto totals = folder->Finish(absl::Now());
  ASSERT_TRUE(totals.ok());
  EXPECT_EQ(totals->largest_cell_bytes, Put("wide", more).WireSize() - 4);
  // Two halves are a little more than a MiB.
  EXPECT_EQ(RowsOfRecords(Read("t/part-m-00000")), std::vector<std::string>(6, "wide"));
}

TEST_F(ExportFolderTest, ACellThatIsNoneLeavesItAsItWas) {
  auto folder = Create("t");
  ASSERT_TRUE(folder.ok());
  ASSERT_TRUE(folder->Append(Put("a"), {}).ok());
  EXPECT_EQ(folder->Append(Put(""), {}).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(folder->Append(Put("a"), {}).ok());
  const auto totals = folder->Finish(absl::Now());
  ASSERT_TRUE(totals.ok());
  EXPECT_EQ(totals->cells, 2u);
  EXPECT_EQ(totals->records, 1u);
}

TEST_F(ExportFolderTest, IsNewAndInAFolderThatIsThere) {
  ASSERT_TRUE(Create("t").ok());
  EXPECT_EQ(Create("t").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Create("no/t").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ExportFolderTest, RefusesPathsThatImportWouldTakeForOtherOnes) {
  for (const char* name : {"_t", ".t", "a:b", "t*", "t?", "t[1]", "t{a}", "t\\", "t\n"}) {
    EXPECT_EQ(Create(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_FALSE(fs::exists(parent_ / name)) << name;
  }
  EXPECT_TRUE(Create("a b,c=%20'ü").ok());
}

TEST_F(ExportFolderTest, IsFinishedOnce) {
  auto folder = Create("t");
  ASSERT_TRUE(folder.ok());
  ASSERT_TRUE(folder->Finish(absl::Now()).ok());
  EXPECT_FALSE(folder->Finish(absl::Now()).ok());
  EXPECT_FALSE(folder->Append(Put("a"), {}).ok());
}

// Files that may not grow, as on a full disk.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

TEST_F(ExportFolderTest, OnAFullDiskStaysUnfinishedForGood) {
  auto folder = Create("t");
  ASSERT_TRUE(folder.ok());
  {
    const SizeLimit limit(1000);
    ASSERT_TRUE(folder->Append(Put("a", std::string(2000, 'v')), {}).ok());
    EXPECT_EQ(folder->Append(Put("b"), {}).code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_FALSE(folder->Append(Put("c"), {}).ok());
  EXPECT_FALSE(folder->Finish(absl::Now()).ok());
  EXPECT_EQ(Names("t"), std::set<std::string>{"_part-m-00000.unfinished"});
}

TEST(FolderName, HasNoColonAndIsEachTablesOwn) {
  EXPECT_EQ(FolderName({"default", "orders"}), "table-default-orders");
  EXPECT_EQ(FolderName({"_ns", "a-b"}), "table-_ns-a-b");
}

}  // namespace
}  // namespace twinwatch::export_form
