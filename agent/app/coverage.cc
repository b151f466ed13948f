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

}  // namespace twinwatch::app
