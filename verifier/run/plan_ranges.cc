#include "verifier/run/plan_ranges.h"

#include <algorithm>

namespace twinwatch {
namespace {

// The eight bytes from `at` on as a number, zeros behind the end.
double Number(std::string_view key, size_t at) {
  double number = 0;
  for (size_t i = at; i < at + 8; ++i) {
    number = number * 256 + (i < key.size() ? static_cast<unsigned char>(key[i]) : 0);
  }
  return number;
}

}  // namespace

std::vector<KeyRange> PlanRanges(const KeyRange& whole, const std::vector<RegionLocation>& source,
                                 const std::vector<RegionLocation>& target) {
  std::vector<std::string> borders;
  for (const auto* side : {&source, &target}) {
    for (const RegionLocation& region : *side) borders.push_back(region.range.start);
  }
  return CutAt(whole, std::move(borders));
}

double FractionOf(const KeyRange& range, std::string_view row) {
  if (range.start.empty() || range.stop.empty()) return 0;
  size_t same = 0;
  while (same < range.start.size() && same < range.stop.size() &&
         range.start[same] == range.stop[same]) {
    ++same;
  }
  const double start = Number(range.start, same);
  const double stop = Number(range.stop, same);
  if (stop <= start) return 0;
  return std::clamp((Number(row, same) - start) / (stop - start), 0.0, 1.0);
}

}  // namespace twinwatch
