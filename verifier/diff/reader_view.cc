#include "verifier/diff/reader_view.h"

#include <algorithm>

namespace twinwatch {
namespace {

constexpr size_t kMaxTimes = 10'000;

void Raise(std::optional<uint64_t>* up_to_ms, uint64_t timestamp_ms) {
  *up_to_ms = std::max(up_to_ms->value_or(timestamp_ms), timestamp_ms);
}

}  // namespace

bool ReaderView::Shows(const CellView& cell) {
  MoveTo(cell);
  if (IsDeleteMarker(cell)) {
    Mark(cell);
    return false;
  }
  if (shown_ >= rules_.max_versions) return false;
  if (rules_.markers_hide && IsHidden(cell.timestamp_ms)) return false;
  // Of two puts of one time the one written last comes first, and is the only one seen.
  if (last_shown_ms_ == cell.timestamp_ms) return false;
  last_shown_ms_ = cell.timestamp_ms;
  ++shown_;
  return true;
}

void ReaderView::MoveTo(const CellView& cell) {
  const bool same_family = has_column_ && family_ == cell.family;
  if (same_family && qualifier_ == cell.qualifier) return;
  if (!same_family) {
    family_ = cell.family;
    family_deleted_up_to_ms_.reset();
    family_deleted_at_ms_.clear();
  }
  has_column_ = true;
  qualifier_ = cell.qualifier;
  deleted_up_to_ms_.reset();
  deleted_at_ms_.reset();
  last_shown_ms_.reset();
  shown_ = 0;
}

void ReaderView::Mark(const CellView& marker) {
  switch (marker.type) {
    case CellType::kDeleteFamily:
      Raise(&family_deleted_up_to_ms_, marker.timestamp_ms);
      break;
    case CellType::kDeleteFamilyVersion:
      if (family_deleted_at_ms_.size() < kMaxTimes)
        family_deleted_at_ms_.insert(marker.timestamp_ms);
      break;
    case CellType::kDeleteColumn:
      Raise(&deleted_up_to_ms_, marker.timestamp_ms);
      break;
    case CellType::kDelete:
      deleted_at_ms_ = marker.timestamp_ms;
      break;
    case CellType::kPut:
      break;
  }
}

bool ReaderView::IsHidden(uint64_t timestamp_ms) const {
  const auto reaches = [timestamp_ms](const std::optional<uint64_t>& up_to_ms) {
    return up_to_ms && timestamp_ms <= *up_to_ms;
  };
  return reaches(family_deleted_up_to_ms_) || reaches(deleted_up_to_ms_) ||
         deleted_at_ms_ == timestamp_ms || family_deleted_at_ms_.contains(timestamp_ms);
}

}  // namespace twinwatch
