#include "probes/wire/cell_tags.h"

#include "agent/core/bytes.h"

namespace twinwatch::wire {
namespace {

constexpr uint8_t kTtlTag = 8;

Status Malformed(std::string_view section) {
  return Error(absl::StatusCode::kDataLoss, "a cell has {} bytes behind its value that are no tags",
               section.size());
}

}  // namespace

StatusOr<std::optional<uint64_t>> TtlOfTags(std::string_view section) {
  std::optional<uint64_t> ttl_ms;
  if (section.empty()) return ttl_ms;
  if (section.size() < 2 || ReadBigEndian16(section.data()) != section.size() - 2) {
    return Malformed(section);
  }
  for (std::string_view rest = section.substr(2); !rest.empty();) {
    const size_t size = rest.size() < 3 ? 0 : ReadBigEndian16(rest.data());
    if (size == 0 || size > rest.size() - 2) return Malformed(section);
    const auto type = static_cast<uint8_t>(rest[2]);
    const std::string_view value = rest.substr(3, size - 1);
    if (type == kTtlTag) {
      if (value.size() != 8) return Malformed(section);
      // HBase goes by the first.
      if (!ttl_ms) ttl_ms = ReadBigEndian64(value.data());
    }
    rest.remove_prefix(2 + size);
  }
  return ttl_ms;
}

}  // namespace twinwatch::wire
