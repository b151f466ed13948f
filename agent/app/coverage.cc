#include "agent/app/coverage.h"

#include <algorithm>

namespace twinwatch::app {
namespace {

double ShareOf(const ledger::PassRanges& pass) {
  // Whatever was not told as left: the last range is not done before the table's mark has moved.
  const uint64_t left = std::max<uint64_t>(pass.left, 1);
  return static_cast<double>(pass.done) / static_cast<double>(pass.done + left);
}

}  // namespace

double CoverageOf(std::optional<absl::Time> full_pass_at,
                  const std::vector<ledger::PassRanges>& passes, absl::Duration freshness,
                  absl::Time now) {
  if (full_pass_at && now - *full_pass_at <= freshness) return 1;
  double share = 0;
  for (const ledger::PassRanges& pass : passes)
    if (now - pass.begun <= freshness) share = std::max(share, ShareOf(pass));
  return share;
}

RangeStates StatesOf(const std::map<TableName, std::map<std::string, ledger::PassRanges>>& passes) {
  RangeStates states;
  for (const auto& [table, of_table] : passes) {
    const ledger::PassRanges* last = nullptr;
    for (const auto& [run, pass] : of_table)
      if (last == nullptr || pass.begun > last->begun) last = &pass;
    if (last == nullptr) continue;
    const uint64_t drifted = std::min(last->drifted, last->done);
    states.drift += drifted;
    states.match += last->done - drifted;
    (last->ended ? states.error : states.pending) += last->left;
  }
  return states;
}

}  // namespace twinwatch::app
