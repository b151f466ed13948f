#include "verifier/repair/image_index.h"

#include <algorithm>

namespace twinwatch {
namespace {

bool IsNewer(const StoredCell* a, const StoredCell* b) {
  return a->cell.timestamp_ms > b->cell.timestamp_ms;
}

}  // namespace

const StoredCell* AtTime(SortedCells cells, uint64_t timestamp_ms) {
  const auto found = std::lower_bound(cells.begin(), cells.end(), timestamp_ms,
                                      [](const StoredCell* stored, uint64_t timestamp) {
                                        return stored->cell.timestamp_ms > timestamp;
                                      });
  const bool there = found != cells.end() && (*found)->cell.timestamp_ms == timestamp_ms;
  return there ? *found : nullptr;
}

ImageIndex::ImageIndex(const RowImage& image) {
  for (const StoredCell& stored : image) {
    const ColumnName column = ColumnOf(ToView(stored.cell));
    const CellType type = stored.cell.type;
    if (type == CellType::kPut) {
      puts_[column].push_back(&stored);
      continue;
    }
    Markers& markers = IsOfFamily(type) ? of_families_[column.first] : of_columns_[column];
    (IsWide(type) ? markers.wide : markers.versions).push_back(&stored);
  }
  // HBase's order has them so already, mostly; a stable sort keeps the younger before the older.
  const auto sort = [](std::vector<const StoredCell*>* cells) {
    std::stable_sort(cells->begin(), cells->end(), IsNewer);
  };
  for (auto& [column, puts] : puts_) sort(&puts);
  for (auto& [family, markers] : of_families_) {
    sort(&markers.wide);
    sort(&markers.versions);
  }
  for (auto& [column, markers] : of_columns_) {
    sort(&markers.wide);
    sort(&markers.versions);
  }
}

const StoredCell* ImageIndex::Markers::Covering(uint64_t timestamp_ms) const {
  if (!wide.empty() && wide.front()->cell.timestamp_ms >= timestamp_ms) return wide.front();
  return AtTime(versions, timestamp_ms);
}

const StoredCell* ImageIndex::HiddenBy(const CellView& put) const {
  if (const auto family = of_families_.find(put.family); family != of_families_.end()) {
    if (const StoredCell* marker = family->second.Covering(put.timestamp_ms)) return marker;
  }
  const auto column = of_columns_.find(ColumnOf(put));
  return column == of_columns_.end() ? nullptr : column->second.Covering(put.timestamp_ms);
}

const ImageIndex::Markers* ImageIndex::MarkersLike(const Cell& marker) const {
  if (IsOfFamily(marker.type)) {
    const auto family = of_families_.find(marker.family);
    return family == of_families_.end() ? nullptr : &family->second;
  }
  const auto column = of_columns_.find(ColumnOf(ToView(marker)));
  return column == of_columns_.end() ? nullptr : &column->second;
}

bool ImageIndex::HasMarker(const Cell& marker) const {
  const Markers* markers = MarkersLike(marker);
  if (markers == nullptr) return false;
  const auto& like = IsWide(marker.type) ? markers->wide : markers->versions;
  return AtTime(like, marker.timestamp_ms) != nullptr;
}

SortedCells ImageIndex::PutsOf(const ColumnName& column) const {
  const auto puts = puts_.find(column);
  return puts == puts_.end() ? SortedCells() : SortedCells(puts->second);
}

const StoredCell* ImageIndex::LivePut(const CellView& place) const {
  const StoredCell* put = AtTime(PutsOf(ColumnOf(place)), place.timestamp_ms);
  return put == nullptr || HiddenBy(ToView(put->cell)) != nullptr ? nullptr : put;
}

}  // namespace twinwatch
