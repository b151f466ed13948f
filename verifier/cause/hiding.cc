#include "verifier/cause/hiding.h"

namespace twinwatch {

bool Overwrites(const Cell& newer, const Cell& put) {
  return newer.type == CellType::kPut && SameColumn(newer, put) &&
         newer.timestamp_ms > put.timestamp_ms;
}

bool MayLackAtTarget(const DriftCase& drift) {
  if (!drift.source_cells.empty()) return true;
  return drift.target_cells.empty() && drift.drift_class != DriftClass::kExtra;
}

}  // namespace twinwatch
