#include "verifier/run/key_nibbles.h"

#include <gtest/gtest.h>

#include <random>

namespace twinwatch {
namespace {

TEST(KeyNibbles, Common) {
  EXPECT_EQ(CommonNibbles("abc", "abd"), 5u);
  EXPECT_EQ(CommonNibbles("abc", "ab\x03"), 4u);
  EXPECT_EQ(CommonNibbles("ab", "abc"), 4u);
  EXPECT_EQ(CommonNibbles("", "a"), 0u);
}

TEST(KeyNibbles, FirstBehindCarries) {
  EXPECT_EQ(FirstBehind("ab", 4), "ac");
  EXPECT_EQ(FirstBehind("ab", 3), "ap");
  EXPECT_EQ(FirstBehind("a\xff", 4), "b");
  EXPECT_EQ(FirstBehind("a\xf3", 3), "b");
  EXPECT_EQ(FirstBehind("\xff\xff", 4), std::nullopt);
  EXPECT_EQ(FirstBehind("ab", 5), std::string("ab\0", 3));
}

// Against the definition, on random keys of few letters.
TEST(KeyNibbles, EveryKeyIsOnItsSideOfTheBorders) {
  std::mt19937 random(1);
  const std::string letters(
      "\0\x0f\x10\xf0\xff"
      "a",
      6);
  const auto key = [&] {
    std::string made;
    for (size_t n = random() % 4; made.size() < n;) made += letters[random() % letters.size()];
    return made;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string a = key();
    const std::string b = key();
    const size_t nibbles = random() % (2 * a.size() + 1);
    const bool inside = CommonNibbles(a, b) >= nibbles && 2 * b.size() >= nibbles;
    const auto behind = FirstBehind(a, nibbles);
    EXPECT_EQ(inside, b >= FirstWith(a, nibbles) && (!behind || b < *behind));
  }
}

}  // namespace
}  // namespace twinwatch
