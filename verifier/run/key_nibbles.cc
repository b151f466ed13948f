#include "verifier/run/key_nibbles.h"

#include <algorithm>

#include "agent/core/key_range.h"

namespace twinwatch {
namespace {

unsigned char At(std::string_view key, size_t i) { return static_cast<unsigned char>(key[i]); }

}  // namespace

size_t CommonNibbles(std::string_view a, std::string_view b) {
  const size_t shorter = std::min(a.size(), b.size());
  size_t same = 0;
  while (same < shorter && a[same] == b[same]) ++same;
  if (same == shorter || At(a, same) >> 4 != At(b, same) >> 4) return 2 * same;
  return 2 * same + 1;
}

bool SameNibbles(std::string_view a, std::string_view b, size_t nibbles) {
  return a == b ||
         (CommonNibbles(a, b) >= nibbles && 2 * a.size() >= nibbles && 2 * b.size() >= nibbles);
}

std::string FirstWith(std::string_view key, size_t nibbles) {
  if (nibbles >= 2 * key.size()) return std::string(key);
  std::string first(key.substr(0, (nibbles + 1) / 2));
  if (nibbles % 2 == 1) first.back() = static_cast<char>(At(first, first.size() - 1) & 0xF0);
  return first;
}

std::optional<std::string> FirstBehind(std::string_view key, size_t nibbles) {
  if (nibbles > 2 * key.size()) return NextKey(key);
  std::string behind = FirstWith(key, nibbles);
  unsigned step = nibbles % 2 == 1 ? 0x10 : 1;
  while (!behind.empty()) {
    const unsigned sum = At(behind, behind.size() - 1) + step;
    if (sum <= 0xFF) {
      behind.back() = static_cast<char>(sum);
      return behind;
    }
    behind.pop_back();
    step = 1;
  }
  return std::nullopt;
}

}  // namespace twinwatch
