#include "agent/core/bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace twinwatch {
namespace {

using std::string_literals::operator""s;

TEST(Bytes, PrintsAsHBaseDoes) {
  EXPECT_EQ(ToStringBinary("cust-0091\0~\\\xff"s), R"(cust-0091\x00~\x5C\xFF)");
}

TEST(Bytes, ReadsItsOwnOutputBack) {
  std::string all;
  for (int b = 0; b < 256; ++b) all.push_back(static_cast<char>(b));
  EXPECT_EQ(*FromStringBinary(ToStringBinary(all)), all);
}

TEST(Bytes, TakesHexInEitherCase) { EXPECT_EQ(*FromStringBinary(R"(a\xfF\xAb)"), "a\xff\xab"); }

TEST(Bytes, RefusesAnyOtherBackslash) {
  for (const char* bad : {R"(\)", R"(\x)", R"(\x0)", R"(\xG0)", R"(\n)", R"(a\\b)", R"(\X00)"}) {
    EXPECT_EQ(FromStringBinary(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(Bytes, Base64PadsAsRfc4648) {
  EXPECT_EQ(ToBase64(""), "");
  EXPECT_EQ(ToBase64("f"), "Zg==");
  EXPECT_EQ(ToBase64("fo"), "Zm8=");
  EXPECT_EQ(ToBase64("foo"), "Zm9v");
  EXPECT_EQ(ToBase64("0000"), "MDAwMA==");
  EXPECT_EQ(ToBase64("\xff\xfe"), "//4=");
}

}  // namespace
}  // namespace twinwatch
