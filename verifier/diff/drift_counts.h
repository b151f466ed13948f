// How many rows differ in each way.
#pragma once

#include <cstdint>

#include "verifier/diff/row_comparison.h"

namespace twinwatch {

struct DriftCounts {
  uint64_t missing = 0;
  uint64_t extra = 0;
  uint64_t value = 0;
  uint64_t cells = 0;
  uint64_t marks = 0;  // in no sum

  uint64_t Sum() const { return missing + extra + value + cells; }
  uint64_t& Of(DriftClass drift_class);
  void Add(const DriftCounts& more);
  bool operator==(const DriftCounts&) const = default;
};

}  // namespace twinwatch
