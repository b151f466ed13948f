#include "verifier/repair/row_image.h"

#include <algorithm>

#include "verifier/diff/hiding.h"
#include "verifier/digest/digest.h"

namespace twinwatch {

StatusOr<RowImage> JoinViews(RowImage stored, const std::vector<Cell>& seen) {
  for (StoredCell& cell : stored) cell.seen = false;
  for (const Cell& cell : seen) {
    const auto found = std::find_if(stored.begin(), stored.end(), [&cell](const StoredCell& other) {
      return !other.seen && other.cell == cell;
    });
    if (found == stored.end()) return absl::AbortedError("the row changed while it was read");
    found->seen = true;
  }
  return stored;
}

std::string SeenDigest(const RowImage& image, std::string_view row) {
  RowHasher hasher;
  hasher.Start(row);
  for (const StoredCell& cell : image) {
    if (cell.seen) hasher.Add(ToView(cell.cell));
  }
  return ToHex(hasher.Finish());
}

uint64_t PutNumber(const Cell& cell) {
  RowHasher hasher;
  const CellView view = ToView(cell);
  return hasher.HashRow(cell.row, {&view, 1}).low;
}

std::vector<uint64_t> StoredPuts(const RowImage& image) {
  std::vector<uint64_t> numbers;
  for (const StoredCell& cell : image) {
    if (cell.cell.type == CellType::kPut) numbers.push_back(PutNumber(cell.cell));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

const StoredCell* HiddenBy(const RowImage& image, const CellView& put) {
  const auto marker = std::find_if(image.begin(), image.end(), [&put](const StoredCell& cell) {
    return Hides(ToView(cell.cell), put);
  });
  return marker == image.end() ? nullptr : &*marker;
}

const StoredCell* LivePut(const RowImage& image, const CellView& place) {
  const auto put = std::find_if(image.begin(), image.end(), [&place](const StoredCell& cell) {
    return cell.cell.type == CellType::kPut && SameColumn(ToView(cell.cell), place) &&
           cell.cell.timestamp_ms == place.timestamp_ms;
  });
  if (put == image.end() || HiddenBy(image, ToView(put->cell)) != nullptr) return nullptr;
  return &*put;
}

uint64_t BytesOf(const RowImage& image) {
  uint64_t bytes = 0;
  for (const StoredCell& cell : image) bytes += ToView(cell.cell).WireSize();
  return bytes;
}

}  // namespace twinwatch
