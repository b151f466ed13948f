#include "verifier/run/sample_places.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "verifier/run/key_tree.h"
#include "verifier/run/plan_ranges.h"

namespace twinwatch {
namespace {

constexpr double kMaxRows = 3'000'000;
// Draws that only learn where rows are: their places would stand for too much or too little.
constexpr int kLearningDraws = 100;

// Sizes only make a sample better, never wrong: without them all regions weigh the same.
Task<RegionSizes> SizesOf(Cluster* cluster, TableName table) {
  StatusOr<RegionSizes> sizes = co_await cluster->RegionSizes(std::move(table));
  co_return sizes.ok() ? *std::move(sizes) : RegionSizes();
}

Task<StatusOr<std::vector<WeightedRange>>> Pieces(const TablePair* pair, const KeyRange* range) {
  CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> source,
                      co_await pair->source->Regions(pair->source_table));
  CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> target,
                      co_await pair->target->Regions(pair->target_table));
  const RegionSizes source_sizes = co_await SizesOf(pair->source, pair->source_table);
  const RegionSizes target_sizes = co_await SizesOf(pair->target, pair->target_table);
  const std::vector<KeyRange> ranges = PlanRanges(*range, source, target);
  const std::vector<double> weights = WeightsOf(ranges, source, source_sizes, target, target_sizes);
  std::vector<WeightedRange> pieces;
  for (size_t i = 0; i < ranges.size(); ++i) pieces.push_back({ranges[i], weights[i]});
  co_return pieces;
}

uint64_t RowsWanted(const SampleRequest& request, double table_rows) {
  const double rows = request.fraction > 0 ? std::ceil(request.fraction * table_rows)
                                           : static_cast<double>(request.rows);
  return static_cast<uint64_t>(std::clamp(rows, 1.0, kMaxRows));
}

}  // namespace

Task<StatusOr<SamplePlan>> ChoosePlaces(TablePair pair, KeyRange range, SampleRequest request) {
  CO_ASSIGN_OR_RETURN(std::vector<WeightedRange> pieces, co_await Pieces(&pair, &range));
  KeyTree tree(std::move(pair), std::move(pieces), request.seed);
  for (int i = 0; i < kLearningDraws; ++i) CO_RETURN_IF_ERROR((co_await tree.Draw()).status());
  SamplePlan plan;
  plan.table_rows = tree.EstimatedRows();
  const uint64_t rows_wanted = RowsWanted(request, plan.table_rows);
  const uint64_t rows_of_a_place = RowsOfAPlace(rows_wanted);
  tree.SetRowsOfAPlace(rows_of_a_place);
  std::map<std::string, Place> places;  // by where they begin
  uint64_t rows = 0;
  uint64_t draws_left = 4 * (rows_wanted / rows_of_a_place) + 200;
  while (rows < rows_wanted && draws_left-- > 0) {
    CO_ASSIGN_OR_RETURN(std::optional<Place> place, co_await tree.Draw());
    if (!place) continue;
    const uint64_t of_place = place->rows;
    const bool is_new = places.try_emplace(place->range.start, *std::move(place)).second;
    if (is_new) rows += of_place;
  }
  for (auto& [start, place] : places) {
    // Rows written meanwhile may have moved the borders of places.
    if (!plan.places.empty()) {
      KeyRange& before = plan.places.back().range;
      if (before.stop.empty() || before.stop > start) before.stop = start;
    }
    plan.places.push_back(std::move(place));
  }
  co_return plan;
}

}  // namespace twinwatch
