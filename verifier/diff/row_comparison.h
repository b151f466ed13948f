// What kind of difference there is between a row on the source and the same row on the target.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "agent/core/cell.h"

namespace twinwatch {

// A row is counted once, in the first class that fits.
enum class DriftClass {
  kMissing,  // only on the source
  kExtra,    // only on the target
  kValue,    // the same cells, another value
  kCells,    // the sets of cells differ
  kMarks,    // only delete markers differ; never a drift by itself
};

std::string_view ToString(DriftClass drift_class);

// Timestamps of cells that differ; meaningless when none did.
struct TimestampSpan {
  uint64_t oldest_ms = UINT64_MAX;
  uint64_t newest_ms = 0;

  void Include(uint64_t timestamp_ms);
};

// Walks over the cells of one row on both sides, which may come in pieces of any size.
class RowComparison {
 public:
  struct Used {
    size_t source = 0;
    size_t target = 0;
  };

  // Judges as many cells from the front of both as can be judged, and returns how many that were.
  // `*_ended` says that the row has no more cells on that side than these. Of two sides that have
  // not ended at least one is used up.
  Used Take(std::span<const CellView> source, bool source_ended, std::span<const CellView> target,
            bool target_ended);

  // None when the row is the same on both sides.
  std::optional<DriftClass> Verdict() const;
  const TimestampSpan& differing() const { return differing_; }

 private:
  void OnlyOnOneSide(const CellView& cell);

  bool source_has_cells_ = false;
  bool target_has_cells_ = false;
  bool puts_differ_ = false;
  bool markers_differ_ = false;
  bool values_differ_ = false;
  TimestampSpan differing_;
};

// The same for a row whose cells are all at hand.
std::optional<DriftClass> CompareRow(std::span<const CellView> source,
                                     std::span<const CellView> target, TimestampSpan* differing);

}  // namespace twinwatch
