#include "verifier/run/sample_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <set>

#include "tests/fakes/fake_cluster.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using twinwatch::testing::FakeCluster;
using twinwatch::testing::RunCoro;

using Keys = std::vector<std::string>;

Keys Sequential(int rows) {
  Keys keys;
  for (int i = 0; i < rows; ++i) keys.push_back(fmt::format("user{:06}", i));
  return keys;
}

Keys Hashes(int rows) {
  std::mt19937_64 random(5);
  Keys keys;
  for (int i = 0; i < rows; ++i) keys.push_back(fmt::format("{:016x}", random()));
  return keys;
}

Keys Bytes(int rows) {
  std::mt19937_64 random(6);
  Keys keys;
  for (int i = 0; i < rows; ++i) {
    uint64_t number = random();
    keys.emplace_back(reinterpret_cast<const char*>(&number), 8);
  }
  return keys;
}

// One tenant has nearly all rows, counted up from zero; the others have a handful each.
Keys OneLargeTenant(int rows) {
  Keys keys;
  for (int i = 0; i < rows; ++i) keys.push_back(fmt::format("m/{:08}", i));
  for (int i = 0; i < 300; ++i) keys.push_back(fmt::format("{}/{:02}", char('a' + i % 26), i));
  return keys;
}

// Half of the rows begin alike, half of those again, and so on; lengths differ, some are parts of
// others.
Keys Fractal(int rows) {
  std::mt19937_64 random(7);
  std::set<std::string> keys;
  while (keys.size() < static_cast<size_t>(rows)) {
    std::string key;
    while (random() % 8 != 0) key += random() % 2 == 0 ? '\xff' : static_cast<char>(random() % 4);
    keys.insert(key + fmt::format("{}", random() % 50) + std::string(random() % 3, '\0'));
  }
  return {keys.begin(), keys.end()};
}

struct Shape {
  const char* name;
  Keys (*keys)(int rows);
  std::vector<std::string> borders;
};

class SamplePlaces : public ::testing::TestWithParam<Shape> {
 protected:
  static constexpr int kRows = 6000;

  void SetUp() override {
    keys_ = GetParam().keys(kRows);
    std::sort(keys_.begin(), keys_.end());
    for (FakeCluster* side : {&source_, &target_}) {
      side->cells_per_batch = 1000;
      side->AddTable("t", GetParam().borders);
      for (const std::string& key : keys_) side->Put("t", key, "q", 1, "v");
    }
  }

  SamplePlan Choose(uint64_t rows, uint64_t seed) {
    SampleRequest request;
    request.rows = rows;
    request.seed = seed;
    return *RunCoro(ChoosePlaces(pair_, {}, request));
  }

  // Indexes of rows in a place.
  std::pair<size_t, size_t> RowsOf(const Place& place) const {
    const auto first = std::lower_bound(keys_.begin(), keys_.end(), place.range.start);
    const auto end = place.range.stop.empty()
                         ? keys_.end()
                         : std::lower_bound(keys_.begin(), keys_.end(), place.range.stop);
    return {first - keys_.begin(), end - keys_.begin()};
  }

  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  TablePair pair_{&source_, &target_, *TableName::Parse("t"), *TableName::Parse("t"), {"f"}, 1};
  Keys keys_;
};

TEST_P(SamplePlaces, PlacesDoNotOverlapAndHoldTheRowsTheySay) {
  const SamplePlan plan = Choose(1000, 1);
  size_t rows = 0;
  size_t behind = 0;
  for (const Place& place : plan.places) {
    const auto [first, end] = RowsOf(place);
    EXPECT_EQ(end - first, place.rows);
    EXPECT_GE(first, behind);
    behind = end;
    rows += place.rows;
  }
  EXPECT_GE(rows, 1000u);
  EXPECT_LT(rows, 1100u);
}

TEST_P(SamplePlaces, TheSameSeedGivesTheSamePlaces) {
  const auto starts = [this](uint64_t seed) {
    std::vector<std::string> out;
    for (const Place& place : Choose(100, seed).places) out.push_back(place.range.start);
    return out;
  };
  EXPECT_EQ(starts(4), starts(4));
  EXPECT_NE(starts(4), starts(5));
}

TEST_P(SamplePlaces, TheNumberOfRowsIsEstimatedWithoutBias) {
  double sum = 0;
  for (uint64_t seed = 0; seed < 25; ++seed) sum += Choose(50, seed).table_rows;
  EXPECT_NEAR(sum / 25, static_cast<double>(keys_.size()), 0.1 * static_cast<double>(keys_.size()));
}

TEST_P(SamplePlaces, ASampleIsWorthMuchOfItsPlaces) {
  const SamplePlan plan = Choose(900, 1);
  EXPECT_GT(EffectivePlaces(plan.places), 0.5 * static_cast<double>(plan.places.size()));
}

// What the statement promises: had more rows than that differed, 95 of 100 samples would have met
// one. Rows that differ lie scattered, or in runs far longer than a place.
TEST_P(SamplePlaces, DriftAtTheStatedRateIsFoundAsOftenAsStated) {
  constexpr int kSeeds = 120;
  int found_scattered = 0;
  int found_runs = 0;
  double ppm = 0;
  std::mt19937_64 random(9);
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const SamplePlan plan = Choose(300, 1000 + seed);
    const double rate = static_cast<double>(MaxRatePpm(EffectivePlaces(plan.places))) / 1e6;
    ppm += rate * 1e6 / kSeeds;
    const auto drifted = static_cast<size_t>(std::ceil(rate * static_cast<double>(keys_.size())));
    std::vector<bool> scattered(keys_.size());
    for (size_t n = 0; n < drifted;) {
      const size_t row = random() % keys_.size();
      if (!scattered[row]) ++n;
      scattered[row] = true;
    }
    std::vector<bool> runs(keys_.size());
    const size_t begin = random() % keys_.size();
    for (size_t n = 0; n < drifted; ++n) runs[(begin + n) % keys_.size()] = true;
    bool met_scattered = false;
    bool met_run = false;
    for (const Place& place : plan.places) {
      const auto [first, end] = RowsOf(place);
      for (size_t row = first; row < end; ++row) {
        met_scattered |= scattered[row];
        met_run |= runs[row];
      }
    }
    found_scattered += met_scattered;
    found_runs += met_run;
  }
  // 95 % of 120 are 114; three standard deviations below that are 107.
  EXPECT_GE(found_scattered, 107);
  EXPECT_GE(found_runs, 107);
  EXPECT_LT(ppm, 30'000);
}

// A row that only the target has, in a gap between rows of the source, lies in a place too.
TEST_P(SamplePlaces, ExtraRowsAreFoundAtTheirRate) {
  std::mt19937_64 random(10);
  Keys extra;
  for (size_t i = 0; i < keys_.size(); i += 33) {
    extra.push_back(keys_[i] + "+");
    target_.Put("t", extra.back(), "q", 1, "v");
  }
  int found = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const SamplePlan plan = Choose(200, seed);
    bool met = false;
    for (const Place& place : plan.places) {
      for (const std::string& key : extra) met |= place.range.Contains(key);
    }
    found += met;
  }
  EXPECT_GE(found, 54);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, SamplePlaces,
    ::testing::Values(Shape{"sequential", &Sequential, {}},
                      Shape{"regions", &Sequential, {"user000100", "user000200", "user019000"}},
                      Shape{"hashes", &Hashes, {"4", "8", "c"}}, Shape{"bytes", &Bytes, {}},
                      Shape{"tenant", &OneLargeTenant, {"c", "x"}}, Shape{"fractal", &Fractal, {}}),
    [](const auto& shape) { return shape.param.name; });

class SampleOfFewRows : public ::testing::Test {
 protected:
  FakeCluster source_{"a"};
  FakeCluster target_{"b"};
  TablePair pair_{&source_, &target_, *TableName::Parse("t"), *TableName::Parse("t"), {"f"}, 1};
};

TEST_F(SampleOfFewRows, AnEmptyTableHasNoPlace) {
  source_.AddTable("t", {"m"});
  target_.AddTable("t");
  SampleRequest request;
  request.rows = 10;
  EXPECT_TRUE(RunCoro(ChoosePlaces(pair_, {}, request))->places.empty());
  EXPECT_EQ(MaxRatePpm(0), 1'000'000u);
}

TEST_F(SampleOfFewRows, RegionsThatOnlyTheTargetHasRowsIn) {
  source_.AddTable("t", {"m"});
  target_.AddTable("t", {"m"});
  for (int i = 0; i < 500; ++i) {
    source_.Put("t", fmt::format("a{}", i), "q", 1, "v");
    target_.Put("t", fmt::format("x{}", i), "q", 1, "v");
  }
  SampleRequest request;
  request.rows = 100;
  const SamplePlan plan = *RunCoro(ChoosePlaces(pair_, {}, request));
  EXPECT_TRUE(std::any_of(plan.places.begin(), plan.places.end(),
                          [](const Place& place) { return place.range.start >= "m"; }));
}

TEST_F(SampleOfFewRows, MoreThanThereIsTakesAllOfIt) {
  source_.AddTable("t");
  target_.AddTable("t");
  for (int i = 0; i < 40; ++i) source_.Put("t", fmt::format("a{}", i), "q", 1, "v");
  SampleRequest request;
  request.rows = 1000;
  const SamplePlan plan = *RunCoro(ChoosePlaces(pair_, {}, request));
  uint64_t rows = 0;
  for (const Place& place : plan.places) rows += place.rows;
  EXPECT_EQ(rows, 40u);
}

}  // namespace
}  // namespace twinwatch
