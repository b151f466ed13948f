// WALs that only one peer keeps from being cleaned, and when they will have filled the space. No
// I/O, no clock.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "probes/replication/link_reading.h"

namespace twinwatch {

// Bytes of the archived WALs (oldWALs) in the peer's queues that are in no other peer's:
// `elsewhere` are the names in those. None when the length of a closed WAL is not known.
std::optional<uint64_t> RetainedBytes(const LinkReading& reading,
                                      const std::set<std::string>& elsewhere);

class Runway {
 public:
  // `free` is what the file system has left for such bytes; none: not known.
  void Add(absl::Time at, std::optional<uint64_t> retained, std::optional<uint64_t> free);

  // At the pace of the last hour. None while nothing grows, or too little is known.
  std::optional<absl::Duration> Left() const;

 private:
  struct Point {
    absl::Time at;
    uint64_t retained;
  };

  std::deque<Point> points_;
  std::optional<uint64_t> free_;
};

}  // namespace twinwatch
