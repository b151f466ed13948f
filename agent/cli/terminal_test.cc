#include "agent/cli/terminal.h"

#include <gtest/gtest.h>

namespace twinwatch::cli {
namespace {

TEST(Redrawn, EachLineIsClearedBehindAndTheRestBelow) {
  EXPECT_EQ(Redrawn("LINK  LAG\na-b   1 s\n"), "\x1b[HLINK  LAG\x1b[K\na-b   1 s\x1b[K\n\x1b[J");
}

TEST(Redrawn, OfNothingIsAnEmptyScreen) { EXPECT_EQ(Redrawn(""), "\x1b[H\x1b[J"); }

}  // namespace
}  // namespace twinwatch::cli
