// A row image for many questions: each takes a look-up, not a walk over all of its cells, of which
// there may be 50,000.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/repair/row_image.h"

namespace twinwatch {

using ColumnName = std::pair<std::string_view, std::string_view>;  // family, qualifier

inline ColumnName ColumnOf(const CellView& cell) { return {cell.family, cell.qualifier}; }

// Newest first; of several with one timestamp the youngest comes first.
using SortedCells = std::span<const StoredCell* const>;

// The first of them with this timestamp; null: none.
const StoredCell* AtTime(SortedCells cells, uint64_t timestamp_ms);

class ImageIndex {
 public:
  // Of an image that outlives it and does not change.
  explicit ImageIndex(const RowImage& image);

  // The youngest put that is stored with this column and timestamp and not hidden by a marker;
  // null: none.
  const StoredCell* LivePut(const CellView& place) const;
  // The marker that hides most of those that hide it; null: none does.
  const StoredCell* HiddenBy(const CellView& put) const;
  // This very one is stored.
  bool HasMarker(const Cell& marker) const;

  // The columns of which puts are stored, hidden or not.
  const std::map<ColumnName, std::vector<const StoredCell*>>& puts() const { return puts_; }
  SortedCells PutsOf(const ColumnName& column) const;

 private:
  // Of one family, or of one column.
  struct Markers {
    std::vector<const StoredCell*> wide;      // that cover older timestamps too, newest first
    std::vector<const StoredCell*> versions;  // that cover one timestamp, newest first

    const StoredCell* Covering(uint64_t timestamp_ms) const;
  };

  static bool IsOfFamily(CellType type) {
    return type == CellType::kDeleteFamily || type == CellType::kDeleteFamilyVersion;
  }
  static bool IsWide(CellType type) {
    return type == CellType::kDeleteFamily || type == CellType::kDeleteColumn;
  }
  const Markers* MarkersLike(const Cell& marker) const;

  std::map<ColumnName, std::vector<const StoredCell*>> puts_;
  std::map<std::string_view, Markers> of_families_;
  std::map<ColumnName, Markers> of_columns_;
};

}  // namespace twinwatch
