// What the process itself uses, from /proc. Absent where it cannot be read.
#pragma once

#include <optional>

namespace twinwatch {

struct ProcessStats {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double open_fds = 0;
  double start_time_seconds = 0;
};

std::optional<ProcessStats> ReadProcessStats();

}  // namespace twinwatch
