// Which places of a table a sample reads.
#pragma once

#include <vector>

#include "verifier/run/sample.h"
#include "verifier/run/walk_range.h"

namespace twinwatch {

struct SamplePlan {
  std::vector<Place> places;  // in order of keys; none holds a row of another
  double table_rows = 0;      // an estimate
};

// Draws places, weighted by the sizes of regions, until they hold as many rows as were asked for,
// or hardly any new one is found. Three million rows at the most. Reads keys only, of both sides;
// `range` bounds it.
Task<StatusOr<SamplePlan>> ChoosePlaces(TablePair pair, KeyRange range, SampleRequest request);

}  // namespace twinwatch
