#include "agent/app/agent_token.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace twinwatch::app {
namespace {

namespace fs = std::filesystem;

class AgentToken : public ::testing::Test {
 protected:
  AgentToken() : folder_(fs::path(::testing::TempDir()) / "agent_token_test") {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    file_ = TokenFile(folder_);
  }

  std::string Keep() {
    const StatusOr<std::string> token = KeepToken(file_);
    EXPECT_TRUE(token.ok()) << token.status();
    struct stat info {};
    EXPECT_EQ(lstat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode, static_cast<mode_t>(S_IFREG | 0600));
    EXPECT_EQ(*ReadToken(file_), *token);
    return *token;
  }

  fs::path folder_;
  std::string file_;
};

TEST_F(AgentToken, IsMadeOnceAndKept) {
  const std::string token = Keep();
  EXPECT_EQ(token.size(), 64u);
  EXPECT_EQ(Keep(), token);
  fs::remove(file_);
  EXPECT_NE(Keep(), token);
}

TEST_F(AgentToken, WhatOthersCouldReadIsMadeAnew) {
  const std::string token = Keep();
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    chmod(file_.c_str(), mode);
    EXPECT_NE(Keep(), token);
    std::ofstream(file_) << token << "\n";
  }
  EXPECT_EQ(Keep(), token);
}

TEST_F(AgentToken, WhatIsNoTokenIsMadeAnew) {
  const std::string token = Keep();
  for (const std::string& other : {std::string(), std::string("\n"), token.substr(1), token + "0",
                                   "X" + token.substr(1), token + "\n\n"}) {
    std::ofstream(file_) << other;
    EXPECT_EQ(ReadToken(file_).status().code(), absl::StatusCode::kInvalidArgument) << other;
    EXPECT_NE(Keep(), other);
  }
}

TEST_F(AgentToken, ALinkIsNotFollowed) {
  const std::string elsewhere = folder_ / "elsewhere";
  std::ofstream(elsewhere) << std::string(64, 'a') << "\n";
  chmod(elsewhere.c_str(), 0600);
  fs::create_symlink(elsewhere, file_);
  EXPECT_FALSE(ReadToken(file_).ok());
  EXPECT_NE(Keep(), std::string(64, 'a'));
  std::string kept;
  std::ifstream(elsewhere) >> kept;
  EXPECT_EQ(kept, std::string(64, 'a'));
}

TEST_F(AgentToken, WhatCannotBeMadeIsNamed) {
  fs::create_directories(file_);
  const Status status = KeepToken(file_).status();
  EXPECT_NE(Text(status).find("agent.token"), std::string_view::npos) << status;
  EXPECT_EQ(ReadToken(folder_ / "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(KeepToken(folder_ / "no" / "folder").ok());
}

}  // namespace
}  // namespace twinwatch::app
