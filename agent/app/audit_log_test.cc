#include "agent/app/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace twinwatch::app {
namespace {

using ::testing::HasSubstr;

AuditEntry Entry() {
  AuditEntry entry;
  entry.at = absl::FromUnixSeconds(1795451884);
  entry.user = "alice";
  entry.method = "PUT";
  entry.path = "/api/v1/throttle";
  entry.body = "{\"verify\":\"5MB/s\"}";
  entry.status = 200;
  return entry;
}

class AuditLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("audit_log." + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
    path_ = folder_ / "audit.log";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string TextOf(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_, path_;
};

TEST(AuditLine, WhateverIsInItStaysOneLine) {
  EXPECT_EQ(AuditLine(Entry()),
            "msg=\"audit\" user=\"alice\" method=PUT path=\"/api/v1/throttle\" "
            "body=\"{\\\"verify\\\":\\\"5MB/s\\\"}\" status=200");
  AuditEntry entry = Entry();
  entry.user = "a\nts=2026 user=\"root\"\\";
  entry.body = std::string(70'000, 'x');
  EXPECT_THAT(AuditLine(entry), HasSubstr(R"(user="a\x0ats=2026 user=\"root\"\\" )"));
  EXPECT_LT(AuditLine(entry).size(), 400u);
  entry.user.clear();
  EXPECT_THAT(AuditLine(entry), HasSubstr("user=\"-\""));
}

TEST_F(AuditLogTest, LinesAreAppendedForTheOwnerAlone) {
  for (int i = 0; i < 2; ++i) {
    AuditLog log(path_);
    ASSERT_TRUE(log.Note(Entry()).ok());
  }
  const std::string line = "ts=2026-11-23T16:38:04Z " + AuditLine(Entry()) + "\n";
  EXPECT_EQ(TextOf(path_), line + line);
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(AuditLogTest, AFullOneIsKeptBesideTheNewOne) {
  std::ofstream(path_) << std::string(AuditLog::kMaxBytes, 'x');
  AuditLog log(path_);
  ASSERT_TRUE(log.Note(Entry()).ok());
  EXPECT_EQ(std::filesystem::file_size(path_.string() + ".1"), AuditLog::kMaxBytes);
  EXPECT_THAT(TextOf(path_), HasSubstr("alice"));
}

TEST_F(AuditLogTest, OneThatWasMovedAwayIsBegunAnew) {
  AuditLog log(path_);
  ASSERT_TRUE(log.Note(Entry()).ok());
  std::filesystem::remove(path_);
  ASSERT_TRUE(log.Note(Entry()).ok());
  EXPECT_THAT(TextOf(path_), HasSubstr("alice"));
  std::filesystem::rename(path_, folder_ / "moved");
  std::ofstream(path_) << "";
  ASSERT_TRUE(log.Note(Entry()).ok());
  EXPECT_THAT(TextOf(path_), HasSubstr("alice"));
}

TEST_F(AuditLogTest, OneThatCannotBeWrittenIsNamed) {
  AuditLog log(folder_);
  EXPECT_THAT(std::string(Text(log.Prepare())), HasSubstr(folder_.string() + " cannot be written"));
  EXPECT_FALSE(log.Note(Entry()).ok());
}

}  // namespace
}  // namespace twinwatch::app
