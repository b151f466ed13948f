// How far the verification of a table has come: enough to go on later, in another process.
#pragma once

#include <string_view>
#include <vector>

#include "agent/core/key_range.h"
#include "verifier/run/result.h"

namespace twinwatch {

// Rows that are still to be read, or to be judged.
struct Todo {
  KeyRange range;
  // Its rows are in the counts; it is read again for the suspects that lie in it.
  bool counted = false;

  bool operator==(const Todo&) const = default;
};

struct TableProgress {
  TableResult so_far;  // counts of what is done; what lies in `todo` is in none, but for its rows
  std::vector<Todo> todo;
};

// Whoever goes on from there tells of this row again, if it still differs. Markers are told at the
// first look, the other classes when they are judged.
bool IsToldAgain(const std::vector<Todo>& todo, std::string_view row, DriftClass drift_class);

}  // namespace twinwatch
