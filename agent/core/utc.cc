#include "agent/core/utc.h"

namespace twinwatch {
namespace {

std::string Format(const char* format, absl::Time time) {
  return absl::FormatTime(format, time, absl::UTCTimeZone());
}

}  // namespace

std::string ToRfc3339(absl::Time time) { return Format("%Y-%m-%dT%H:%M:%SZ", time); }
std::string ToCompactUtc(absl::Time time) { return Format("%Y%m%dT%H%M%SZ", time); }
std::string ToClockUtc(absl::Time time) { return Format("%H:%M:%S", time); }

}  // namespace twinwatch
