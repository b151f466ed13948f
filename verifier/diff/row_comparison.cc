#include "verifier/diff/row_comparison.h"

#include <algorithm>

namespace twinwatch {

std::string_view ToString(DriftClass drift_class) {
  switch (drift_class) {
    case DriftClass::kMissing:
      return "missing";
    case DriftClass::kExtra:
      return "extra";
    case DriftClass::kValue:
      return "value";
    case DriftClass::kCells:
      return "cells";
    case DriftClass::kMarks:
      return "marks";
  }
  return "?";
}

void TimestampSpan::Include(uint64_t timestamp_ms) {
  oldest_ms = std::min(oldest_ms, timestamp_ms);
  newest_ms = std::max(newest_ms, timestamp_ms);
}

void RowComparison::OnlyOnOneSide(const CellView& cell) {
  (IsDeleteMarker(cell) ? markers_differ_ : puts_differ_) = true;
  differing_.Include(cell.timestamp_ms);
}

RowComparison::Used RowComparison::Take(std::span<const CellView> source, bool source_ended,
                                        std::span<const CellView> target, bool target_ended) {
  source_has_cells_ |= !source.empty();
  target_has_cells_ |= !target.empty();
  Used used;
  while (used.source < source.size() && used.target < target.size()) {
    const CellView& s = source[used.source];
    const CellView& t = target[used.target];
    const auto order = CompareInRow(s, t);
    if (order == 0) {
      if (s.value != t.value) {
        values_differ_ = true;
        differing_.Include(s.timestamp_ms);
      }
      ++used.source;
      ++used.target;
    } else if (order < 0) {
      OnlyOnOneSide(s);
      ++used.source;
    } else {
      OnlyOnOneSide(t);
      ++used.target;
    }
  }
  if (target_ended && used.target == target.size()) {
    while (used.source < source.size()) OnlyOnOneSide(source[used.source++]);
  }
  if (source_ended && used.source == source.size()) {
    while (used.target < target.size()) OnlyOnOneSide(target[used.target++]);
  }
  return used;
}

std::optional<DriftClass> RowComparison::Verdict() const {
  if (puts_differ_ && !target_has_cells_) return DriftClass::kMissing;
  if (puts_differ_ && !source_has_cells_) return DriftClass::kExtra;
  if (values_differ_ && !puts_differ_ && !markers_differ_) return DriftClass::kValue;
  if (puts_differ_ || values_differ_) return DriftClass::kCells;
  if (markers_differ_) return DriftClass::kMarks;
  return std::nullopt;
}

std::optional<DriftClass> CompareRow(std::span<const CellView> source,
                                     std::span<const CellView> target, TimestampSpan* differing) {
  RowComparison comparison;
  comparison.Take(source, true, target, true);
  *differing = comparison.differing();
  return comparison.Verdict();
}

}  // namespace twinwatch
