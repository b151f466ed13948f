#include "verifier/repair/choose_engine.h"

#include <algorithm>
#include <limits>

namespace twinwatch {
namespace {

// How the cheapest choice for the rows up to one of them ends with it.
enum class End : uint8_t { kDirect, kCopyBegins, kCopyGoesOn };

}  // namespace

std::string_view ToString(RepairEngine engine) {
  return engine == RepairEngine::kDirect ? "direct" : "copytable";
}

std::vector<EngineSpan> ChooseEngines(const std::vector<uint64_t>& rows_before,
                                      const EngineCosts& costs) {
  const size_t rows = rows_before.size();
  // Of the cheapest way that ends directly, and of that which ends in a copied range: how the row
  // came to it, and whether the row before it was copied.
  struct Step {
    End end;
    bool before_copied;
  };
  std::vector<Step> direct(rows);
  std::vector<Step> copied(rows);
  double cost_direct = 0;
  double cost_copied = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < rows; ++i) {
    const bool better_copied = cost_copied < cost_direct;
    const double before = std::min(cost_direct, cost_copied);
    direct[i] = {End::kDirect, better_copied};
    const double begins = before + costs.copy_job_ms + costs.copy_row_ms;
    const double goes_on =
        cost_copied + costs.copy_row_ms * (static_cast<double>(rows_before[i]) + 1);
    copied[i] =
        goes_on <= begins ? Step{End::kCopyGoesOn, true} : Step{End::kCopyBegins, better_copied};
    cost_direct = before + costs.direct_row_ms;
    cost_copied = std::min(begins, goes_on);
  }
  std::vector<EngineSpan> spans;  // the last one first
  bool in_copy = cost_copied < cost_direct;
  bool joins = false;  // the span that was met last
  for (size_t i = rows; i-- > 0;) {
    const Step step = in_copy ? copied[i] : direct[i];
    if (joins) {
      spans.back().first = i;
    } else {
      spans.push_back({i, i + 1, in_copy ? RepairEngine::kCopyTable : RepairEngine::kDirect});
    }
    joins = step.end == End::kCopyGoesOn || (step.end == End::kDirect && !step.before_copied);
    in_copy = step.before_copied;
  }
  std::reverse(spans.begin(), spans.end());
  return spans;
}

double CostOf(const std::vector<uint64_t>& rows_before, const std::vector<EngineSpan>& spans,
              const EngineCosts& costs) {
  double cost = 0;
  for (const EngineSpan& span : spans) {
    if (span.engine == RepairEngine::kDirect) {
      cost += costs.direct_row_ms * static_cast<double>(span.end - span.first);
      continue;
    }
    cost += costs.copy_job_ms + costs.copy_row_ms;
    for (size_t i = span.first + 1; i < span.end; ++i)
      cost += costs.copy_row_ms * (static_cast<double>(rows_before[i]) + 1);
  }
  return cost;
}

}  // namespace twinwatch
