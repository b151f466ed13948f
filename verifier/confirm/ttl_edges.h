// Which cells are so close to the end of their time to live that one side may show them and the
// other not. No I/O, no clock.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace twinwatch {

class TtlEdges {
 public:
  TtlEdges() = default;

  // `ttl_ms` by family, where it is the same on both sides. A difference of TTLs is a finding of
  // its own and no matter of edges.
  TtlEdges(std::map<std::string, int64_t, std::less<>> ttl_ms, absl::Duration margin);

  // The same families, seen at `now`.
  bool IsAtEdge(std::string_view family, uint64_t timestamp_ms, absl::Time now) const;

  bool empty() const { return ttl_ms_.empty(); }

 private:
  std::map<std::string, int64_t, std::less<>> ttl_ms_;
  int64_t margin_ms_ = 0;
};

}  // namespace twinwatch
