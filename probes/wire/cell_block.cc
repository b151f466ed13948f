#include "probes/wire/cell_block.h"

#include "agent/core/bytes.h"
#include "probes/wire/cell_tags.h"

namespace twinwatch::wire {
namespace {

constexpr size_t kTimestampAndType = 9;

bool IsKnownType(uint8_t code) {
  switch (static_cast<CellType>(code)) {
    case CellType::kPut:
    case CellType::kDelete:
    case CellType::kDeleteFamilyVersion:
    case CellType::kDeleteColumn:
    case CellType::kDeleteFamily:
      return true;
  }
  return false;
}

// One KeyValue; false when its lengths do not add up. Tags behind the value are passed over.
bool DecodeKeyValue(std::string_view kv, CellView* cell) {
  if (kv.size() < 8) return false;
  const size_t key_size = ReadBigEndian32(kv.data());
  const size_t value_size = ReadBigEndian32(kv.data() + 4);
  if (key_size + value_size > kv.size() - 8) return false;
  const std::string_view key = kv.substr(8, key_size);
  if (key.size() < 2) return false;
  const size_t row_size = ReadBigEndian16(key.data());
  if (key.size() < 2 + row_size + 1 + kTimestampAndType) return false;
  const size_t family_size = static_cast<unsigned char>(key[2 + row_size]);
  const size_t family_at = 2 + row_size + 1;
  if (key.size() < family_at + family_size + kTimestampAndType) return false;
  const size_t qualifier_at = family_at + family_size;
  const size_t timestamp_at = key.size() - kTimestampAndType;
  const auto type = static_cast<uint8_t>(key.back());
  if (!IsKnownType(type)) return false;
  cell->row = key.substr(2, row_size);
  cell->family = key.substr(family_at, family_size);
  cell->qualifier = key.substr(qualifier_at, timestamp_at - qualifier_at);
  cell->timestamp_ms = ReadBigEndian64(key.data() + timestamp_at);
  cell->type = static_cast<CellType>(type);
  cell->value = kv.substr(8 + key_size, value_size);
  return true;
}

std::string_view BehindValue(std::string_view kv, const CellView& cell) {
  return kv.substr(static_cast<size_t>(cell.value.data() + cell.value.size() - kv.data()));
}

void AppendBigEndian(uint64_t value, int bytes, std::string* out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

// Calls take(cell, bytes behind its value) for each cell of the block; false: they are not good.
template <typename Take>
Status ForEachCell(std::string_view block, Take take) {
  size_t at = 0;
  while (at < block.size()) {
    const bool has_length = block.size() - at >= 4;
    const size_t size = has_length ? ReadBigEndian32(block.data() + at) : 0;
    const bool fits = has_length && size <= block.size() - at - 4;
    const std::string_view kv = fits ? block.substr(at + 4, size) : std::string_view();
    CellView cell;
    if (!fits || !DecodeKeyValue(kv, &cell) || !take(cell, BehindValue(kv, cell))) {
      return Error(absl::StatusCode::kDataLoss,
                   "byte {} of a cell block of {} bytes begins no cell", at, block.size());
    }
    at += 4 + size;
  }
  return absl::OkStatus();
}

}  // namespace

Status DecodeCellBlock(std::string_view block, std::vector<CellView>* cells) {
  return ForEachCell(block, [cells](const CellView& cell, std::string_view) {
    cells->push_back(cell);
    return true;
  });
}

Status DecodeTaggedCellBlock(std::string_view block, std::vector<CellView>* cells,
                             std::vector<CellTags>* tags) {
  return ForEachCell(block, [=](const CellView& cell, std::string_view section) {
    const StatusOr<CellTags> parsed = ParseTags(section);
    if (!parsed.ok()) return false;
    cells->push_back(cell);
    tags->push_back(*parsed);
    return true;
  });
}

void AppendCell(const CellView& cell, std::string* block) {
  const size_t key_size =
      2 + cell.row.size() + 1 + cell.family.size() + cell.qualifier.size() + kTimestampAndType;
  AppendBigEndian(8 + key_size + cell.value.size(), 4, block);
  AppendBigEndian(key_size, 4, block);
  AppendBigEndian(cell.value.size(), 4, block);
  AppendBigEndian(cell.row.size(), 2, block);
  block->append(cell.row);
  AppendBigEndian(cell.family.size(), 1, block);
  block->append(cell.family);
  block->append(cell.qualifier);
  AppendBigEndian(cell.timestamp_ms, 8, block);
  block->push_back(static_cast<char>(cell.type));
  block->append(cell.value);
}

}  // namespace twinwatch::wire
