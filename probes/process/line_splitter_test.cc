#include "probes/process/line_splitter.h"

#include <gmock/gmock.h>

#include <random>
#include <vector>

namespace twinwatch::process {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> LinesOf(std::string_view text, size_t max_bytes, size_t step) {
  LineSplitter splitter(max_bytes);
  std::vector<std::string> lines;
  const auto sink = [&](std::string_view line) { lines.emplace_back(line); };
  for (size_t at = 0; at < text.size(); at += step) splitter.Push(text.substr(at, step), sink);
  splitter.Finish(sink);
  return lines;
}

TEST(LineSplitter, EndsLinesAtLfAndAtTheEnd) {
  EXPECT_THAT(LinesOf("", 10, 1), IsEmpty());
  EXPECT_THAT(LinesOf("a\n\nb\r\nc", 10, 100), ElementsAre("a", "", "b", "c"));
  EXPECT_THAT(LinesOf("a\n", 10, 100), ElementsAre("a"));
  EXPECT_THAT(LinesOf("\n", 10, 100), ElementsAre(""));
  EXPECT_THAT(LinesOf("a\rb\n", 10, 100), ElementsAre("a\rb"));
}

TEST(LineSplitter, CutsLongLinesAndSaysSo) {
  EXPECT_THAT(LinesOf("12345\n123456\n1\n", 5, 100), ElementsAre("12345", "12345...", "1"));
  EXPECT_THAT(LinesOf(std::string(1 << 20, 'x'), 5, 4096), ElementsAre("xxxxx..."));
}

TEST(LineSplitter, AnySplitGivesTheSameLines) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t n = random() % 60; n > 0; --n) text += "ab\n\r"[random() % 4];
    const size_t max_bytes = 1 + random() % 8;
    const std::vector<std::string> whole = LinesOf(text, max_bytes, text.size() + 1);
    EXPECT_EQ(whole, LinesOf(text, max_bytes, 1)) << text;
    EXPECT_EQ(whole, LinesOf(text, max_bytes, 1 + random() % 5)) << text;
    for (const std::string& line : whole) EXPECT_LE(line.size(), max_bytes + 3);
  }
}

}  // namespace
}  // namespace twinwatch::process
