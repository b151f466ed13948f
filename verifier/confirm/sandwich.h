// The judgement over one row that was read on the source (S1), on the target after a barrier (D),
// and on the source again (S2). No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "verifier/confirm/row_print.h"
#include "verifier/diff/row_comparison.h"

namespace twinwatch {

// Where replication runs in both directions the target's own writes are on their way too: then the
// row was read on the target at the beginning as well (D1), and both barriers have passed.
struct SandwichLooks {
  const RowPrint& source_before;
  const RowPrint* target_before = nullptr;  // two-way pairs only
  const RowPrint& target_after;
  const RowPrint& source_after;
};

// A column that differs, with what it holds on each side.
struct DifferingColumn {
  uint64_t column = 0;
  uint64_t content = 0;  // of both sides together: another content is another finding
  bool same_shape = false;
  bool markers = false;
  TimestampSpan timestamps;
};

struct SandwichJudgement {
  // By `column`. Proven by this sandwich; drift when the next one finds the same.
  std::vector<DifferingColumn> differing;
  // A column changed while it was looked at: nothing can be said of it yet.
  bool open = false;

  // The row was in flight.
  bool Settled() const { return differing.empty() && !open; }
};

SandwichJudgement JudgeSandwich(const SandwichLooks& looks);

struct ConfirmedDrift {
  DriftClass drift_class = DriftClass::kCells;
  TimestampSpan differing;
};

// None when no column differs in the same way in both sandwiches. `last` are the looks of the
// second one.
std::optional<ConfirmedDrift> Confirmed(const std::vector<DifferingColumn>& first,
                                        const std::vector<DifferingColumn>& second,
                                        const SandwichLooks& last);

}  // namespace twinwatch
