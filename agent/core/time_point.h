// Points in time as users write them: 2026-11-23T16:38:04Z, 1795451884000, -2h.
#pragma once

#include <absl/time/time.h>

#include <string_view>

#include "agent/core/status.h"

namespace twinwatch {

// RFC 3339 (with its zone), milliseconds since 1970, or a duration before `now`. Never before 1970.
StatusOr<absl::Time> ParseTime(std::string_view text, absl::Time now);

}  // namespace twinwatch
