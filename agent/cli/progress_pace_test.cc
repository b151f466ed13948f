#include "agent/cli/progress_pace.h"

#include <gtest/gtest.h>

namespace twinwatch::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ProgressPace::Clock::time_point kBegun{seconds(1000)};

class Pace : public ::testing::Test {
 protected:
  bool IsDue(int second, std::string_view waiting, const std::string& what = "t") {
    return pace_.IsDue(what, waiting, kBegun + seconds(second));
  }

  ProgressPace pace_{seconds(30), kBegun};
};

TEST_F(Pace, ALineEverySoLong) {
  int lines = 0;
  for (int second = 0; second < 300; ++second) lines += IsDue(second, "") ? 1 : 0;
  EXPECT_EQ(lines, 9);
  EXPECT_FALSE(pace_.IsDue("t", "", kBegun + milliseconds(299'999)));
  EXPECT_TRUE(IsDue(300, ""));
}

TEST_F(Pace, AKindOfWaitingIsShownAtOnceAndThenAsSeldom) {
  EXPECT_TRUE(IsDue(1, "7 rows differ, to be read again in 29 s"));
  for (int second = 2; second < 31; ++second) {
    const std::string left = std::to_string(30 - second);
    EXPECT_FALSE(IsDue(second, "7 rows differ, to be read again in " + left + " s")) << second;
  }
  EXPECT_TRUE(IsDue(31, "1,234 rows differ, to be read again in 0.5 s"));
  EXPECT_TRUE(IsDue(32, "rows that differed are read again"));
  EXPECT_FALSE(IsDue(33, "rows that differed are read again"));
}

// As of ranges that are compared side by side.
TEST_F(Pace, KindsThatTakeTurnsAreNoNews) {
  int lines = 0;
  for (int second = 0; second < 60; ++second) {
    lines += IsDue(second, second % 3 == 0   ? "waiting for the barrier"
                           : second % 3 == 1 ? "rows that differed are read again"
                                             : "")
                 ? 1
                 : 0;
  }
  EXPECT_EQ(lines, 3);
}

TEST_F(Pace, NoEndOfKindsIsNoEndOfLines) {
  int lines = 0;
  for (int i = 0; i < 100; ++i)
    lines +=
        IsDue(1, "compacting a region of " + std::string(1 + static_cast<size_t>(i), 'x')) ? 1 : 0;
  EXPECT_EQ(lines, 8);
}

TEST_F(Pace, AnotherTableWaitsAnew) {
  EXPECT_TRUE(IsDue(1, "waiting"));
  EXPECT_FALSE(IsDue(2, "waiting"));
  EXPECT_TRUE(IsDue(3, "waiting", "u"));
  EXPECT_EQ(pace_.begun(), kBegun + seconds(3));
  EXPECT_FALSE(IsDue(4, "", "u"));
  EXPECT_EQ(pace_.begun(), kBegun + seconds(3));
}

}  // namespace
}  // namespace twinwatch::cli
