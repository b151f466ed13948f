#include "verifier/run/progress.h"

#include <algorithm>

namespace twinwatch {

bool IsToldAgain(const std::vector<Todo>& todo, std::string_view row, DriftClass drift_class) {
  return std::any_of(todo.begin(), todo.end(), [row, drift_class](const Todo& piece) {
    return piece.range.Contains(row) && !(piece.counted && drift_class == DriftClass::kMarks);
  });
}

}  // namespace twinwatch
