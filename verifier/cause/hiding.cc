#include "verifier/cause/hiding.h"

namespace twinwatch {

bool SameColumn(const Cell& a, const Cell& b) {
  return a.family == b.family && a.qualifier == b.qualifier;
}

bool Hides(const Cell& marker, const Cell& put) {
  if (marker.family != put.family) return false;
  switch (marker.type) {
    case CellType::kDeleteFamily:
      return marker.timestamp_ms >= put.timestamp_ms;
    case CellType::kDeleteFamilyVersion:
      return marker.timestamp_ms == put.timestamp_ms;
    case CellType::kDeleteColumn:
      return SameColumn(marker, put) && marker.timestamp_ms >= put.timestamp_ms;
    case CellType::kDelete:
      return SameColumn(marker, put) && marker.timestamp_ms == put.timestamp_ms;
    case CellType::kPut:
      break;
  }
  return false;
}

bool Overwrites(const Cell& newer, const Cell& put) {
  return newer.type == CellType::kPut && SameColumn(newer, put) &&
         newer.timestamp_ms > put.timestamp_ms;
}

bool MayLackAtTarget(const DriftCase& drift) {
  if (!drift.source_cells.empty()) return true;
  return drift.target_cells.empty() && drift.drift_class != DriftClass::kExtra;
}

}  // namespace twinwatch
