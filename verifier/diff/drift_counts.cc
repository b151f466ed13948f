#include "verifier/diff/drift_counts.h"

namespace twinwatch {

uint64_t& DriftCounts::Of(DriftClass drift_class) {
  switch (drift_class) {
    case DriftClass::kMissing:
      return missing;
    case DriftClass::kExtra:
      return extra;
    case DriftClass::kValue:
      return value;
    case DriftClass::kCells:
      return cells;
    case DriftClass::kMarks:
      break;
  }
  return marks;
}

void DriftCounts::Add(const DriftCounts& more) {
  missing += more.missing;
  extra += more.extra;
  value += more.value;
  cells += more.cells;
  marks += more.marks;
}

}  // namespace twinwatch
