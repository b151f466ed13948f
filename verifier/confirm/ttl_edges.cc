#include "verifier/confirm/ttl_edges.h"

#include <utility>

namespace twinwatch {

TtlEdges::TtlEdges(std::map<std::string, int64_t, std::less<>> ttl_ms, absl::Duration margin)
    : ttl_ms_(std::move(ttl_ms)), margin_ms_(absl::ToInt64Milliseconds(margin)) {}

bool TtlEdges::IsAtEdge(std::string_view family, uint64_t timestamp_ms, absl::Time now) const {
  const auto it = ttl_ms_.find(family);
  if (it == ttl_ms_.end()) return false;
  const int64_t now_ms = absl::ToUnixMillis(now);
  // A timestamp beyond any clock has no edge that could be near; no overflow below.
  if (timestamp_ms > static_cast<uint64_t>(now_ms) + static_cast<uint64_t>(margin_ms_))
    return false;
  const int64_t left_ms = static_cast<int64_t>(timestamp_ms) - now_ms + it->second;
  // A window, and not everything that is older: a family with MIN_VERSIONS keeps what has expired.
  return left_ms >= -margin_ms_ && left_ms <= margin_ms_;
}

}  // namespace twinwatch
