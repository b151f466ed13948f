// Times as they are printed everywhere: UTC, RFC 3339.
#pragma once

#include <absl/time/time.h>

#include <string>

namespace twinwatch {

// 2026-11-23T16:38:04Z; the fraction is cut.
std::string ToRfc3339(absl::Time time);

// 20261123T163804Z, for names of runs.
std::string ToCompactUtc(absl::Time time);

// 14:02:17, for the last line of a report.
std::string ToClockUtc(absl::Time time);

}  // namespace twinwatch
