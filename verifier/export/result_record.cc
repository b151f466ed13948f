#include "verifier/export/result_record.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <limits>

#include "agent/core/bytes.h"

namespace twinwatch::export_form {
namespace {

using google::protobuf::io::CodedOutputStream;

constexpr size_t kLongestRow = 0x7FFF;
constexpr size_t kLongestFamily = 0x7F;
constexpr uint64_t kLatestTimestamp = std::numeric_limits<int64_t>::max();

constexpr uint32_t kVarint = 0;
constexpr uint32_t kLengthDelimited = 2;

void AppendVarint(uint64_t value, std::string* out) {
  std::array<uint8_t, 10> bytes;
  const uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, bytes.data());
  out->append(bytes.cbegin(), end);
}

void AppendTag(uint32_t field, uint32_t wire_type, std::string* out) {
  AppendVarint(field << 3 | wire_type, out);
}

void AppendBytes(uint32_t field, std::string_view bytes, std::string* out) {
  AppendTag(field, kLengthDelimited, out);
  AppendVarint(bytes.size(), out);
  *out += bytes;
}

void AppendNumber(uint32_t field, uint64_t value, std::string* out) {
  AppendTag(field, kVarint, out);
  AppendVarint(value, out);
}

size_t SizeOfBytes(std::string_view bytes) {
  return 1 + CodedOutputStream::VarintSize64(bytes.size()) + bytes.size();
}
size_t SizeOfNumber(uint64_t value) { return 1 + CodedOutputStream::VarintSize64(value); }

// Tags of a cell: each its length with its type, its type, its value.
std::string TagsOf(std::optional<uint64_t> ttl_ms) {
  if (!ttl_ms) return "";
  std::string tags("\x00\x09\x08", 3);
  AppendBigEndian32(static_cast<uint32_t>(*ttl_ms >> 32), &tags);
  AppendBigEndian32(static_cast<uint32_t>(*ttl_ms), &tags);
  return tags;
}

bool IsType(CellType type) {
  switch (type) {
    case CellType::kPut:
    case CellType::kDelete:
    case CellType::kDeleteFamilyVersion:
    case CellType::kDeleteColumn:
    case CellType::kDeleteFamily:
      return true;
  }
  return false;
}

Status NoCell(const CellView& cell, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "a cell of row {} has {}: no HBase holds it",
               ToStringBinary(cell.row.substr(0, 100)), what);
}

}  // namespace

Status CheckCell(const CellView& cell) {
  if (cell.row.empty() || cell.row.size() > kLongestRow) {
    return NoCell(cell, fmt::format("a key of {} bytes", cell.row.size()));
  }
  if (cell.family.empty() || cell.family.size() > kLongestFamily) {
    return NoCell(cell, fmt::format("a family of {} bytes", cell.family.size()));
  }
  if (cell.WireSize() > std::numeric_limits<int32_t>::max()) {
    return NoCell(cell, fmt::format("{} bytes", cell.WireSize()));
  }
  if (cell.timestamp_ms >= kLatestTimestamp) {
    return NoCell(cell, fmt::format("the timestamp {}", cell.timestamp_ms));
  }
  if (!IsType(cell.type)) {
    return NoCell(cell, fmt::format("the type {}", static_cast<int>(cell.type)));
  }
  return absl::OkStatus();
}

void AppendCell(const CellView& cell, std::optional<uint64_t> ttl_ms, std::string* cells) {
  const std::string tags = TagsOf(ttl_ms);
  const auto type = static_cast<uint64_t>(cell.type);
  AppendTag(1, kLengthDelimited, cells);
  AppendVarint(SizeOfBytes(cell.row) + SizeOfBytes(cell.family) + SizeOfBytes(cell.qualifier) +
                   SizeOfNumber(cell.timestamp_ms) + SizeOfNumber(type) + SizeOfBytes(cell.value) +
                   SizeOfBytes(tags),
               cells);
  AppendBytes(1, cell.row, cells);
  AppendBytes(2, cell.family, cells);
  AppendBytes(3, cell.qualifier, cells);
  AppendNumber(4, cell.timestamp_ms, cells);
  AppendNumber(5, type, cells);
  AppendBytes(6, cell.value, cells);
  AppendBytes(7, tags, cells);
}

std::string RecordKey(std::string_view row) {
  std::string key;
  AppendBigEndian32(static_cast<uint32_t>(row.size()), &key);
  key += row;
  return key;
}

std::string ResultBegin(size_t cells_size) {
  std::string begin;
  AppendVarint(cells_size + kResultEnd.size(), &begin);
  return begin;
}

}  // namespace twinwatch::export_form
