// Half-open ranges of row keys, [start, stop); an empty border is the end of the table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace twinwatch {

struct KeyRange {
  std::string start;
  std::string stop;

  bool Contains(std::string_view row) const { return row >= start && (stop.empty() || row < stop); }
  bool operator==(const KeyRange&) const = default;
};

// No row can lie in it.
bool IsEmpty(const KeyRange& range);

KeyRange Intersect(const KeyRange& a, const KeyRange& b);

// `whole` cut at each of `borders` that lies inside it. Order and repetitions of `borders` do not
// matter. The pieces follow one another without a gap and are never empty unless `whole` is.
std::vector<KeyRange> CutAt(const KeyRange& whole, std::vector<std::string> borders);

// The smallest key after `row`.
inline std::string NextKey(std::string_view row) { return std::string(row) + '\0'; }

// The range that holds this row and no other, and whether a range is such a one.
inline KeyRange OneRow(std::string_view row) { return {std::string(row), NextKey(row)}; }
inline bool IsOneRow(const KeyRange& range) { return range.stop == NextKey(range.start); }

}  // namespace twinwatch
