#include "agent/core/key_range.h"

#include <algorithm>
#include <utility>

namespace twinwatch {

bool IsEmpty(const KeyRange& range) { return !range.stop.empty() && range.start >= range.stop; }

KeyRange Intersect(const KeyRange& a, const KeyRange& b) {
  KeyRange out{std::max(a.start, b.start), a.stop};
  if (out.stop.empty() || (!b.stop.empty() && b.stop < out.stop)) out.stop = b.stop;
  return out;
}

std::vector<KeyRange> CutAt(const KeyRange& whole, std::vector<std::string> borders) {
  std::sort(borders.begin(), borders.end());
  std::vector<KeyRange> pieces;
  std::string start = whole.start;
  for (std::string& border : borders) {
    if (border <= start || !whole.Contains(border)) continue;
    pieces.push_back({start, border});
    start = std::move(border);
  }
  pieces.push_back({start, whole.stop});
  return pieces;
}

}  // namespace twinwatch
