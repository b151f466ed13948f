#include "verifier/run/sample.h"

#include <algorithm>
#include <cmath>

namespace twinwatch {
namespace {

constexpr uint64_t kMaxRowsOfAPlace = 64;

}  // namespace

uint64_t Random::Next() {
  state_ += 0x9E3779B97F4A7C15;
  uint64_t x = state_;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

uint64_t RowsOfAPlace(uint64_t sample_rows) {
  const uint64_t root = static_cast<uint64_t>(std::sqrt(static_cast<double>(sample_rows)) / 10);
  return std::clamp<uint64_t>(root, 1, kMaxRowsOfAPlace);
}

double EffectivePlaces(const std::vector<Place>& places) {
  double sum = 0;
  double squares = 0;
  for (const Place& place : places) {
    sum += place.mass;
    squares += place.mass * place.mass;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

uint64_t MaxRatePpm(double effective_places) {
  const double three = -std::log(0.05);
  if (effective_places <= three) return 1'000'000;
  return static_cast<uint64_t>(std::ceil(1e6 * three / effective_places));
}

}  // namespace twinwatch
