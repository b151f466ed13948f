// Row keys as sequences of nibbles (half bytes), for walking over them as over a tree. No I/O.
//
// Nibbles, because a node has sixteen children at the most, so few questions find them all, and
// digits, hex digits and letters each fill theirs well.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace twinwatch {

// How many nibbles both begin with.
size_t CommonNibbles(std::string_view a, std::string_view b);

// The first `nibbles` nibbles of both are the same, or both end before.
bool SameNibbles(std::string_view a, std::string_view b, size_t nibbles);

// The smallest key that begins with the first `nibbles` nibbles of `key`.
std::string FirstWith(std::string_view key, size_t nibbles);

// The smallest key behind all that begin with the first `nibbles` nibbles of `key`; where `key` is
// shorter, the next key. None: there is no such key.
std::optional<std::string> FirstBehind(std::string_view key, size_t nibbles);

}  // namespace twinwatch
