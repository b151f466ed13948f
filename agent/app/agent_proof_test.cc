#include "agent/app/agent_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/app/agent_token.h"

namespace twinwatch::app {
namespace {

using ::testing::HasSubstr;

class AgentProof : public ::testing::Test {
 protected:
  AgentProof() : folder_(std::filesystem::path(::testing::TempDir()) / "agent_proof_test") {
    std::filesystem::create_directories(folder_);
    token_file_ = TokenFile(folder_);
    token_ = *KeepToken(token_file_);
    password_file_ = folder_ / "password";
    std::ofstream(password_file_) << "pw: 1\n";
  }

  std::string Authorization(const std::string& url, const ProofEnvironment& environment = {}) {
    const auto proof = ProofFor(*http::Url::Parse(url), environment, token_file_);
    EXPECT_TRUE(proof.ok()) << proof.status();
    return proof.ok() ? proof->authorization : "";
  }

  std::string WhyNot(const ProofEnvironment& environment) {
    const auto proof = ProofFor(*http::Url::Parse("https://h:1"), environment, token_file_);
    EXPECT_EQ(proof.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(Text(proof.status()));
  }

  std::filesystem::path folder_;
  std::string token_file_;
  std::string token_;
  std::string password_file_;
};

TEST_F(AgentProof, TheTokenGoesToThisMachineOnly) {
  for (const char* here : {"http://127.0.0.1:9919", "http://127.8.9.1", "http://localhost:9919",
                           "http://[::1]:9919", "https://localhost:9919"}) {
    EXPECT_EQ(Authorization(here), "Bearer " + token_) << here;
  }
  for (const char* elsewhere :
       {"http://10.0.0.1:9919", "http://localhost.example.com", "http://127.0.0.1.example.com",
        "http://127.1", "http://2130706433", "http://0.0.0.0:9919", "http://[::]:9919",
        "http://[::ffff:10.0.0.1]:9919", "https://agent"}) {
    EXPECT_EQ(Authorization(elsewhere), "") << elsewhere;
  }
}

TEST_F(AgentProof, WithoutATokenNothingIsShown) {
  std::filesystem::remove(token_file_);
  EXPECT_EQ(Authorization("http://localhost:9919"), "");
}

TEST_F(AgentProof, AUserOfTheEnvironmentComesFirst) {
  const ProofEnvironment ann{.user = "ann", .password_file = password_file_};
  const std::string basic = "Basic YW5uOnB3OiAx";  // ann:pw: 1
  EXPECT_EQ(Authorization("http://localhost:9919", ann), basic);
  EXPECT_EQ(Authorization("https://agent", ann), basic);
}

TEST_F(AgentProof, WhatIsMissingIsNamed) {
  EXPECT_THAT(WhyNot({.user = "ann"}),
              HasSubstr("TWINWATCH_AGENT_PASSWORD_FILE, which is not set"));
  EXPECT_THAT(WhyNot({.password_file = password_file_}),
              HasSubstr("TWINWATCH_AGENT_USER, which is not set"));
  EXPECT_THAT(WhyNot({.cert_file = "c"}), HasSubstr("TWINWATCH_AGENT_KEY_FILE, which is not set"));
  EXPECT_THAT(WhyNot({.user = "ann", .password_file = folder_ / "none"}),
              HasSubstr("none: No such file"));
  EXPECT_THAT(WhyNot({.ca_file = folder_ / "none.pem"}), HasSubstr("none.pem cannot be used"));
}

}  // namespace
}  // namespace twinwatch::app
