#include "verifier/scan/pacer.h"

#include <algorithm>

namespace twinwatch {

Pacer::TimePoint Pacer::Took(uint64_t bytes, TimePoint now) {
  if (bytes_per_second_ == 0) return now;
  const auto cost =
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(
          static_cast<double>(bytes) / static_cast<double>(bytes_per_second_)));
  free_at_ = std::max(free_at_, now - std::chrono::seconds(1)) + cost;
  return std::max(free_at_, now);
}

}  // namespace twinwatch
