#include "verifier/diff/hiding.h"

namespace twinwatch {

bool SameColumn(const CellView& a, const CellView& b) {
  return a.family == b.family && a.qualifier == b.qualifier;
}

bool Hides(const CellView& marker, const CellView& put) {
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

}  // namespace twinwatch
