#include "verifier/run/plan_ranges.h"

#include <algorithm>
#include <cmath>
#include <utility>

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

// A power of two near a region's size, half a MB at least.
double Coarse(uint64_t bytes) {
  constexpr double kHalfMegabyte = 524'288;
  return std::exp2(std::round(std::log2(kHalfMegabyte + static_cast<double>(bytes))));
}

// The first piece that begins in `region`.
size_t FirstIn(const std::vector<KeyRange>& pieces, const KeyRange& region) {
  const auto first = std::lower_bound(
      pieces.begin(), pieces.end(), region.start,
      [](const KeyRange& piece, const std::string& start) { return piece.start < start; });
  return static_cast<size_t>(first - pieces.begin());
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

std::vector<double> WeightsOf(const std::vector<KeyRange>& pieces,
                              const std::vector<RegionLocation>& source,
                              const RegionSizes& source_sizes,
                              const std::vector<RegionLocation>& target,
                              const RegionSizes& target_sizes) {
  std::vector<double> weights(pieces.size(), 0);
  for (const auto& [regions, sizes] :
       {std::pair{&source, &source_sizes}, {&target, &target_sizes}}) {
    for (const RegionLocation& region : *regions) {
      std::vector<size_t> inside;
      for (size_t i = FirstIn(pieces, region.range); i < pieces.size(); ++i) {
        if (!region.range.Contains(pieces[i].start)) break;
        inside.push_back(i);
      }
      const auto size = sizes->find(region.region_name);
      const double bytes = Coarse(size == sizes->end() ? 0 : size->second);
      for (const size_t i : inside)
        weights[i] = std::max(weights[i], bytes / static_cast<double>(inside.size()));
    }
  }
  return weights;
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
