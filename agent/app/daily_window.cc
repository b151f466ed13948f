#include "agent/app/daily_window.h"

namespace twinwatch::app {
namespace {

// "HH:MM" of a day, as minutes; none for anything else.
std::optional<int> MinuteOfDay(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t i : {0, 1, 3, 4}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + text[1] - '0';
  const int minute = (text[3] - '0') * 10 + text[4] - '0';
  return hour < 24 && minute < 60 ? std::optional(hour * 60 + minute) : std::nullopt;
}

}  // namespace

std::optional<DailyWindow> ParseDailyWindow(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const std::optional<int> from = MinuteOfDay(text.substr(0, 5));
  const std::optional<int> to = MinuteOfDay(text.substr(6));
  if (!from || !to || *from == *to) return std::nullopt;
  return DailyWindow{*from, *to};
}

bool InWindow(DailyWindow window, absl::Time time, absl::TimeZone zone) {
  const absl::CivilMinute civil = absl::ToCivilMinute(time, zone);
  const int minute = civil.hour() * 60 + civil.minute();
  if (window.from < window.to) return window.from <= minute && minute < window.to;
  return window.from <= minute || minute < window.to;
}

absl::Time NextInWindow(DailyWindow window, absl::Time time, absl::TimeZone zone) {
  if (InWindow(window, time, zone)) return time;
  const absl::CivilDay today = absl::ToCivilDay(time, zone);
  // The day after tomorrow: a clock that is set forward may jump over the window.
  for (const absl::CivilDay day : {today, today + 1, today + 2}) {
    const absl::Time begins = absl::FromCivil(absl::CivilMinute(day) + window.from, zone);
    if (begins > time && InWindow(window, begins, zone)) return begins;
  }
  return time + absl::Hours(24);
}

}  // namespace twinwatch::app
