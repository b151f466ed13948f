// One HBase cell, as a view into bytes that somebody else owns.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace twinwatch {

// KeyValue type codes as they travel on the wire.
enum class CellType : uint8_t {
  kPut = 4,
  kDelete = 8,
  kDeleteFamilyVersion = 10,
  kDeleteColumn = 12,
  kDeleteFamily = 14,
};

// Valid only as long as the buffer that it points into.
struct CellView {
  std::string_view row;
  std::string_view family;
  std::string_view qualifier;
  uint64_t timestamp_ms = 0;
  CellType type = CellType::kPut;
  std::string_view value;

  // Size of the cell as a KeyValue on the wire, its length prefix included.
  size_t WireSize() const {
    return 4 + 8 + 2 + row.size() + 1 + family.size() + qualifier.size() + 9 + value.size();
  }
};

inline bool IsDeleteMarker(const CellView& cell) { return cell.type != CellType::kPut; }

// What was written with a cell beside its value, as far as it matters here.
struct CellTags {
  std::optional<uint64_t> ttl_ms;  // the cell's own
  bool secured = false;            // by an ACL or a visibility label

  bool operator==(const CellTags&) const = default;
};

// HBase's order of cells inside one row: family, qualifier, then newest first, then the type with
// the higher code first. The row is not looked at, nor the value.
inline std::strong_ordering CompareInRow(const CellView& a, const CellView& b) {
  if (auto c = a.family <=> b.family; c != 0) return c;
  if (auto c = a.qualifier <=> b.qualifier; c != 0) return c;
  if (auto c = b.timestamp_ms <=> a.timestamp_ms; c != 0) return c;
  return static_cast<uint8_t>(b.type) <=> static_cast<uint8_t>(a.type);
}

}  // namespace twinwatch
