#include "agent/cli/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "agent/cli/exit_code.h"

namespace twinwatch::cli {
namespace {

using ::testing::StartsWith;

const Status kBad = Error(absl::StatusCode::kInvalidArgument, "--for: \"x\" is no duration");
const Status kGone = Error(absl::StatusCode::kUnavailable, "nobody answers\nat zk1 | zk2");

// What was printed on stdout and on stderr, and the code.
struct Failed {
  int code = 0;
  std::string out, err;
};

Failed FailIn(const std::string& format, const Status& status) {
  Failed failed;
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  failed.code = Fail(format, status);
  failed.out = ::testing::internal::GetCapturedStdout();
  failed.err = ::testing::internal::GetCapturedStderr();
  return failed;
}

TEST(Answer, WhatFailsSaysSoOnStderrAlone) {
  for (const char* format : {"table", "json", "jsonl"}) {
    const Failed bad = FailIn(format, kBad);
    EXPECT_EQ(bad.code, kBadUsage) << format;
    EXPECT_EQ(bad.out, "") << format;
    EXPECT_EQ(bad.err, "twinwatch: --for: \"x\" is no duration\n") << format;
    EXPECT_EQ(FailIn(format, kGone).code, kCouldNotTell) << format;
  }
}

TEST(Answer, NagiosHearsOfItOnStdout) {
  const Failed bad = FailIn("nagios", kBad);
  EXPECT_EQ(bad.code, 3);
  EXPECT_EQ(bad.out, "UNKNOWN - --for: \"x\" is no duration\n");
  EXPECT_THAT(bad.err, StartsWith("twinwatch: "));
  const Failed gone = FailIn("nagios", kGone);
  EXPECT_EQ(gone.code, 3);
  EXPECT_EQ(gone.out, "UNKNOWN - nobody answers at zk1 / zk2\n");
}

TEST(Answer, AnInterruptionHasNothingToSay) {
  for (const char* format : {"table", "nagios"}) {
    const Failed interrupted = FailIn(format, absl::CancelledError("interrupted"));
    EXPECT_EQ(interrupted.code, kInterrupted) << format;
    EXPECT_EQ(interrupted.out + interrupted.err, "") << format;
    EXPECT_EQ(ExitCodeIn(format, kInterrupted), kInterrupted) << format;
  }
}

TEST(Answer, CodesOfBothWorlds) {
  for (const auto& [ours, theirs] :
       {std::pair<int, int>{kFine, 0}, {kRed, 2}, {kCouldNotTell, 3}, {kBadUsage, 3}}) {
    EXPECT_EQ(ExitCodeIn("json", ours), ours);
    EXPECT_EQ(ExitCodeIn("nagios", ours), theirs) << ours;
  }
}

std::string Among(std::vector<const char*> words) {
  words.insert(words.begin(), "twinwatch");
  return FormatAmong(static_cast<int>(words.size()), words.data());
}

TEST(Answer, TheFormatAmongWordsThatCannotBeParsed) {
  EXPECT_EQ(Among({"status", "--nonsense"}), "table");
  EXPECT_EQ(Among({"status", "--format", "nagios", "--nonsense"}), "nagios");
  EXPECT_EQ(Among({"--nonsense", "--format=nagios"}), "nagios");
  EXPECT_EQ(Among({"status", "--format", "nagios", "--format", "json"}), "json");
  EXPECT_EQ(Among({"status", "--formatted=nagios"}), "table");
  EXPECT_EQ(Among({"status", "--format"}), "table");
  EXPECT_EQ(Among({"repair", "apply", "--", "--format=nagios"}), "table");
  EXPECT_EQ(FormatAmong(0, nullptr), "table");
}

}  // namespace
}  // namespace twinwatch::cli
