// Which key ranges are compared one by one, and how far into a table a key is. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/key_range.h"
#include "probes/api/cluster.h"

namespace twinwatch {

// `whole` cut at the region borders of both sides, so that what only one side has regions for is
// covered too, and no piece spans two regions of either side as long as nothing splits.
std::vector<KeyRange> PlanRanges(const KeyRange& whole, const std::vector<RegionLocation>& source,
                                 const std::vector<RegionLocation>& target);

// How much each of `pieces` (made by PlanRanges) may hold, by the sizes of the regions that it lies
// in, the larger of both sides. Sizes count as powers of two, so that a region which grows a little
// changes nothing. HBase tells them in whole MB: each region counts half a MB more. Sizes not told
// of count as 0: where none is known all whole regions weigh the same.
using RegionSizes = std::map<std::string, uint64_t>;  // by region name
std::vector<double> WeightsOf(const std::vector<KeyRange>& pieces,
                              const std::vector<RegionLocation>& source,
                              const RegionSizes& source_sizes,
                              const std::vector<RegionLocation>& target,
                              const RegionSizes& target_sizes);

// How far `row` is into `range`, 0 to 1, as if keys were spread evenly between its borders. 0 when
// a border is open and says nothing.
double FractionOf(const KeyRange& range, std::string_view row);

}  // namespace twinwatch
