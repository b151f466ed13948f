// Durations as users write them: 500ms 30s 5m 2h 7d. Rates: 20MB/s.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch {

StatusOr<absl::Duration> ParseDuration(std::string_view text);

// Bytes a second; kB, MB, GB are powers of ten, KiB, MiB, GiB powers of two. Never 0.
StatusOr<uint64_t> ParseRate(std::string_view text);
// The same without /s.
StatusOr<uint64_t> ParseBytes(std::string_view text);

}  // namespace twinwatch
