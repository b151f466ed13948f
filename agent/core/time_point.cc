#include "agent/core/time_point.h"

#include <cstdint>
#include <string>

#include "agent/core/duration.h"

namespace twinwatch {
namespace {

bool Read(std::string_view text, absl::Time now, absl::Time* time) {
  if (text.starts_with('-')) {
    const StatusOr<absl::Duration> ago = ParseDuration(text.substr(1));
    if (!ago.ok()) return false;
    *time = now - *ago;
    return true;
  }
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits && !text.empty() && text.size() < 16) {
    *time = absl::FromUnixMillis(std::stoll(std::string(text)));
    return true;
  }
  std::string error;
  return absl::ParseTime(absl::RFC3339_full, std::string(text), time, &error);
}

}  // namespace

StatusOr<absl::Time> ParseTime(std::string_view text, absl::Time now) {
  absl::Time time;
  if (Read(text, now, &time) && time >= absl::UnixEpoch() && time < absl::InfiniteFuture())
    return time;
  return Error(absl::StatusCode::kInvalidArgument,
               "\"{}\" is no time: write it as 2026-11-23T16:38:04Z, in milliseconds since 1970, "
               "or as a duration before now, such as -2h",
               text);
}

}  // namespace twinwatch
