#include "verifier/diff/future_cells.h"

#include <algorithm>

namespace twinwatch {
namespace {

constexpr uint64_t kEndOf9999Ms = 253'402'300'799'000;

}  // namespace

absl::Time TimeOfCell(uint64_t timestamp_ms) {
  return absl::FromUnixMillis(static_cast<int64_t>(std::min(timestamp_ms, kEndOf9999Ms)));
}

absl::Time FutureCells::FurthestAt() const { return TimeOfCell(furthest_ms); }

}  // namespace twinwatch
