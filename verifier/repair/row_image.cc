#include "verifier/repair/row_image.h"

#include <algorithm>

#include "verifier/digest/digest.h"

namespace twinwatch {

StatusOr<RowImage> JoinViews(RowImage stored, const std::vector<Cell>& seen) {
  for (StoredCell& cell : stored) cell.seen = false;
  // Both are in HBase's order: one walk.
  auto next = stored.begin();
  for (const Cell& cell : seen) {
    next = std::find_if(next, stored.end(),
                        [&cell](const StoredCell& other) { return other.cell == cell; });
    if (next == stored.end()) return absl::AbortedError("the row changed while it was read");
    (next++)->seen = true;
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

uint64_t BytesOf(const RowImage& image) {
  uint64_t bytes = 0;
  for (const StoredCell& cell : image) bytes += ToView(cell.cell).WireSize();
  return bytes;
}

}  // namespace twinwatch
