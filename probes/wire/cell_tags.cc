#include "probes/wire/cell_tags.h"

#include "agent/core/bytes.h"

namespace twinwatch::wire {
namespace {

// HBase's TagType.
constexpr uint8_t kAclTag = 1;
constexpr uint8_t kVisibilityTag = 2;
constexpr uint8_t kVisibilityFormatTag = 4;
constexpr uint8_t kTtlTag = 8;

Status Malformed(std::string_view section) {
  return Error(absl::StatusCode::kDataLoss, "a cell has {} bytes behind its value that are no tags",
               section.size());
}

}  // namespace

StatusOr<CellTags> ParseTags(std::string_view section) {
  CellTags tags;
  if (section.empty()) return tags;
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
      if (!tags.ttl_ms) tags.ttl_ms = ReadBigEndian64(value.data());
    }
    if (type == kAclTag || type == kVisibilityTag || type == kVisibilityFormatTag) {
      tags.secured = true;
    }
    rest.remove_prefix(2 + size);
  }
  return tags;
}

}  // namespace twinwatch::wire
