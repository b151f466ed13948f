#include "exporters/http/authenticator.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>

namespace twinwatch::http_server {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;

// Of "right" and "other", at the least cost.
constexpr char kRight[] = "$2b$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC";
constexpr char kOther[] = "$2b$04$abcdefghijklmnopqrstuu0HtfOlPbTiymk5tcV.3TsFPDd3SYZqu";

std::string Basic(const std::string& name, const std::string& password) {
  return "Basic " + absl::Base64Escape(name + ":" + password);
}

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    access_.users = {{"ann", kRight}, {"bob", kOther}};
    access_.token = "secret";
  }

  // All of them at once.
  std::vector<Authenticator::Verdict> JudgeAll(const std::vector<std::string>& authorizations,
                                               const std::string& certificate = "") {
    if (!judge_) judge_.emplace(io_.get_executor(), access_);
    std::vector<Authenticator::Verdict> verdicts(authorizations.size());
    for (size_t i = 0; i < verdicts.size(); ++i)
      Spawn(io_.get_executor(), Into(&*judge_, authorizations[i], certificate, &verdicts[i]));
    io_.restart();
    io_.run_for(20s);
    return verdicts;
  }

  Authenticator::Verdict Judge(const std::string& authorization,
                               const std::string& certificate = "") {
    return JudgeAll({authorization}, certificate)[0];
  }

  int StatusOf(const std::string& authorization) { return Judge(authorization).status; }

  // As many failures as are borne at once.
  void UseUpFailures() {
    std::vector<std::string> wrong;
    for (uint64_t i = 0; i <= Authenticator::kFailuresPerSecond; ++i)
      wrong.push_back(fmt::format("Bearer wrong {}", i));
    std::vector<int> statuses;
    for (const auto& verdict : JudgeAll(wrong)) statuses.push_back(verdict.status);
    EXPECT_THAT(statuses, AllOf(Contains(401).Times(Authenticator::kFailuresPerSecond),
                                Contains(429).Times(1)));
  }

  static Task<void> Into(Authenticator* judge, std::string authorization, std::string certificate,
                         Authenticator::Verdict* verdict) {
    verdict->status = 0;
    *verdict = co_await judge->Judge(std::move(authorization), std::move(certificate));
  }

  boost::asio::io_context io_;
  Access access_;
  std::optional<Authenticator> judge_;
};

TEST_F(AuthenticatorTest, UsersByTheirPasswords) {
  const Authenticator::Verdict ann = Judge(Basic("ann", "right"));
  EXPECT_EQ(ann.status, 200);
  EXPECT_EQ(ann.user, "ann");
  EXPECT_EQ(Judge(Basic("bob", "other")).user, "bob");
  const Authenticator::Verdict wrong = Judge(Basic("ann", "wrong"));
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.user, "");
  EXPECT_EQ(StatusOf(Basic("ann", "other")), 401);
  EXPECT_EQ(StatusOf(Basic("", "")), 401);
}

// Each unknown name is checked against somebody's hash: that password must not let it in.
TEST_F(AuthenticatorTest, NobodyIsLetInByAnothersPassword) {
  access_.users = {{"ann", kRight}};
  for (const char* name : {"eve", "", "Ann", "ann "})
    EXPECT_EQ(StatusOf(Basic(name, "right")), 401) << name;
}

TEST_F(AuthenticatorTest, NothingBehindAZeroIsPassedOver) {
  EXPECT_EQ(StatusOf(Basic("ann", std::string("right\0x", 7))), 401);
  EXPECT_EQ(StatusOf(Basic("ann", "right")), 200);
}

TEST_F(AuthenticatorTest, TheTokenIsAUser) {
  EXPECT_EQ(Judge("Bearer secret").user, "token");
  for (const char* wrong : {"Bearer secre", "Bearer secrets", "Bearer Secret"})
    EXPECT_EQ(StatusOf(wrong), 401) << wrong;
}

TEST_F(AuthenticatorTest, WhereThereAreUsersAllMustBeOne) {
  EXPECT_EQ(StatusOf(""), 401);
  EXPECT_EQ(StatusOf("Negotiate YII="), 401);
  EXPECT_EQ(Judge("", "host.example").status, 401);
  EXPECT_EQ(Judge(Basic("ann", "right"), "host.example").user, "ann");
  EXPECT_THAT(std::string(judge_->challenge()), HasSubstr("Basic "));
}

TEST_F(AuthenticatorTest, WithoutUsersEverybodyIsAnswered) {
  access_.users.clear();
  EXPECT_EQ(Judge("").status, 200);
  EXPECT_EQ(Judge("").user, "");
  EXPECT_EQ(Judge("", "host.example").user, "host.example");
  EXPECT_EQ(Judge(Basic("ann", "right")).status, 200);
  EXPECT_EQ(Judge(Basic("ann", "right")).user, "");
  EXPECT_EQ(Judge("Bearer secret", "host.example").user, "token");
  EXPECT_EQ(StatusOf("Bearer wrong"), 401);
  EXPECT_THAT(std::string(judge_->challenge()), HasSubstr("Bearer "));
}

TEST_F(AuthenticatorTest, WithoutATokenNobodyHasIt) {
  access_.users.clear();
  access_.token.clear();
  for (const char* bearer : {"Bearer ", "Bearer  ", "Bearer x"}) {
    EXPECT_EQ(Judge(bearer).status, 200);
    EXPECT_EQ(Judge(bearer).user, "");
  }
}

TEST_F(AuthenticatorTest, BeyondSoManyFailuresOnlyTheKnownGetIn) {
  EXPECT_EQ(StatusOf(Basic("ann", "right")), 200);
  UseUpFailures();
  EXPECT_EQ(StatusOf(Basic("ann", "right")), 200);
  EXPECT_EQ(StatusOf("Bearer secret"), 200);
  EXPECT_EQ(StatusOf(Basic("bob", "other")), 429) << "was not known";
  EXPECT_EQ(StatusOf(Basic("ann", "wrong")), 429);
  EXPECT_EQ(StatusOf("Bearer wrong"), 429);
}

TEST_F(AuthenticatorTest, ManyGuessesAtOnceAreNoMoreThanOneByOne) {
  std::vector<std::string> guesses;
  for (int i = 0; i < 100; ++i) guesses.push_back(Basic("ann", fmt::format("guess {}", i)));
  guesses.push_back(Basic("ann", "right"));
  const auto verdicts = JudgeAll(guesses);
  size_t checked = 0;
  for (const auto& verdict : verdicts) checked += verdict.status != 429;
  EXPECT_LE(checked, Authenticator::kFailuresPerSecond);
}

TEST_F(AuthenticatorTest, ARightPasswordIsNoFailureHoweverManyComeWithIt) {
  for (const auto& verdict : JudgeAll(std::vector<std::string>(100, Basic("ann", "right"))))
    EXPECT_EQ(verdict.user, "ann");
  UseUpFailures();
}

TEST_F(AuthenticatorTest, AWrongPasswordIsOneFailureHoweverManyComeWithIt) {
  for (const auto& verdict : JudgeAll(std::vector<std::string>(100, Basic("ann", "wrong"))))
    EXPECT_EQ(verdict.status, 401);
}

TEST_F(AuthenticatorTest, AfterStopNoPasswordIsChecked) {
  EXPECT_EQ(StatusOf(Basic("ann", "right")), 200);
  judge_->Stop();
  EXPECT_EQ(StatusOf(Basic("bob", "other")), 503);
  EXPECT_EQ(StatusOf(Basic("ann", "right")), 200);
}

}  // namespace
}  // namespace twinwatch::http_server
