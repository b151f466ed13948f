#include "exporters/nagios.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(Nagios, TheWordIsThatOfTheState) {
  EXPECT_EQ(ToNagios(NagiosState::kOk, "a", "n=1").line, "OK - a | n=1");
  EXPECT_EQ(ToNagios(NagiosState::kWarning, "a").line, "WARNING - a");
  EXPECT_EQ(ToNagios(NagiosState::kCritical, "a").line, "CRITICAL - a");
  EXPECT_EQ(ToNagios(NagiosState::kUnknown, "a").line, "UNKNOWN - a");
  const NagiosAnswer own = ToNagios(NagiosState::kCritical, "DRIFT", "42 rows", "rows=42");
  EXPECT_EQ(own.line, "DRIFT - 42 rows | rows=42");
  EXPECT_EQ(static_cast<int>(own.state), 2);
}

TEST(Nagios, WhateverAMessageHoldsItIsOneLineAndNoPerformanceData) {
  EXPECT_EQ(ToNagios(NagiosState::kUnknown, "a\nb | c=1\x1b[31m\t\x7F", "n=1").line,
            "UNKNOWN - a b / c=1 [31m   | n=1");
}

}  // namespace
}  // namespace twinwatch
