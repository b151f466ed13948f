// A part of each day, "22:00-06:00", by a clock on the wall. No I/O, no clock.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string_view>

namespace twinwatch::app {

// Minutes of the day. Where it ends before it begins it spans midnight; they are never the same.
struct DailyWindow {
  int from = 0;
  int to = 0;  // the first minute that is outside
};

// None for what is no HH:MM-HH:MM.
std::optional<DailyWindow> ParseDailyWindow(std::string_view text);

bool InWindow(DailyWindow window, absl::Time time, absl::TimeZone zone);

// `time` when that lies in it, else when it begins next.
absl::Time NextInWindow(DailyWindow window, absl::Time time, absl::TimeZone zone);

}  // namespace twinwatch::app
