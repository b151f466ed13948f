#include "agent/app/daily_window.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

// Two hours before UTC.
const absl::TimeZone kZone = absl::FixedTimeZone(2 * 3600);

absl::Time At(int day, int hour, int minute, absl::TimeZone zone = kZone) {
  return absl::FromCivil(absl::CivilMinute(2026, 11, day, hour, minute), zone);
}

TEST(DailyWindow, InItOrNot) {
  struct Case {
    const char* window;
    int hour, minute;
    bool in;
  };
  for (const Case& c : {Case{"09:30-17:00", 9, 29, false}, Case{"09:30-17:00", 9, 30, true},
                        Case{"09:30-17:00", 16, 59, true}, Case{"09:30-17:00", 17, 0, false},
                        Case{"22:00-06:00", 21, 59, false}, Case{"22:00-06:00", 22, 0, true},
                        Case{"22:00-06:00", 0, 0, true}, Case{"22:00-06:00", 5, 59, true},
                        Case{"22:00-06:00", 6, 0, false}, Case{"00:00-23:59", 23, 59, false},
                        Case{"12:00-00:00", 23, 59, true}, Case{"12:00-00:00", 0, 0, false}}) {
    EXPECT_EQ(InWindow(*ParseDailyWindow(c.window), At(24, c.hour, c.minute), kZone), c.in)
        << c.window << " at " << c.hour << ":" << c.minute;
  }
}

TEST(DailyWindow, ByTheClockOfThePlace) {
  const DailyWindow window = *ParseDailyWindow("22:00-06:00");
  EXPECT_TRUE(InWindow(window, At(24, 22, 0), kZone));
  EXPECT_FALSE(InWindow(window, At(24, 22, 0), absl::UTCTimeZone()));
}

TEST(DailyWindow, NextTime) {
  const DailyWindow night = *ParseDailyWindow("22:00-06:00");
  EXPECT_EQ(NextInWindow(night, At(24, 23, 5), kZone), At(24, 23, 5));
  EXPECT_EQ(NextInWindow(night, At(24, 6, 0), kZone), At(24, 22, 0));
  const DailyWindow day = *ParseDailyWindow("09:30-17:00");
  EXPECT_EQ(NextInWindow(day, At(24, 8, 0), kZone), At(24, 9, 30));
  EXPECT_EQ(NextInWindow(day, At(24, 17, 0), kZone), At(25, 9, 30));
}

TEST(DailyWindow, WhatIsNone) {
  for (const char* text : {"", "22:00", "22:00-22:00", "24:00-06:00", "22:60-06:00", "2:00-06:000",
                           "22.00-06:00", "22:00/06:00", "aa:bb-cc:dd"})
    EXPECT_FALSE(ParseDailyWindow(text).has_value()) << text;
}

}  // namespace
}  // namespace twinwatch::app
