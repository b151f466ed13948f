// What a sample is asked for and what it says. No I/O.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/core/key_range.h"
#include "verifier/run/result.h"

namespace twinwatch {

struct SampleRequest {
  double fraction = 0;  // of the table's rows, below 1; 0: `rows` counts
  uint64_t rows = 0;
  uint64_t seed = 0;
};

// SplitMix64 (Steele, Lea, Flood 2014): small, and the same numbers for a seed everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next();
  // In [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

 private:
  uint64_t state_;
};

// A run of rows that follow one another, to be compared on both sides.
struct Place {
  KeyRange range;
  uint64_t rows = 0;  // when it was chosen
  double mass = 0;    // how many rows of the table it stands for
};

// How many rows a place has, for a sample of so many: few, because neighbours tell little that is
// new.
uint64_t RowsOfAPlace(uint64_t sample_rows);

// How many places of equal mass say as much as these: (sum of masses)^2 / sum of their squares
// (Kish).
double EffectivePlaces(const std::vector<Place>& places);

// For a sample in which no row differs: the rate that it excludes with 95 % confidence, by the rule
// of three. A place counts as one observation however many rows it has, because rows that differ
// often lie together: the statement holds however they lie. That is a design effect of (rows /
// effective places).
uint64_t MaxRatePpm(double effective_places);

}  // namespace twinwatch
