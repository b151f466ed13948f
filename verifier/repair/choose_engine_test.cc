#include "verifier/repair/choose_engine.h"

#include <gtest/gtest.h>

#include <random>

namespace twinwatch {
namespace {

constexpr EngineCosts kCosts{1.0, 100.0, 0.1};

using Spans = std::vector<EngineSpan>;

TEST(ChooseEngines, NoRowsAreNoSpans) { EXPECT_TRUE(ChooseEngines({}, kCosts).empty()); }

TEST(ChooseEngines, AFewRowsAreNotWorthAJob) {
  const std::vector<uint64_t> rows(50, 0);
  EXPECT_EQ(ChooseEngines(rows, kCosts), (Spans{{0, 50, RepairEngine::kDirect}}));
}

TEST(ChooseEngines, ManyRowsSideBySideAreCopied) {
  const std::vector<uint64_t> rows(1000, 0);
  EXPECT_EQ(ChooseEngines(rows, kCosts), (Spans{{0, 1000, RepairEngine::kCopyTable}}));
}

TEST(ChooseEngines, ManyRowsThinlyScatteredAreNotCopied) {
  const std::vector<uint64_t> rows(1000, 20);
  EXPECT_EQ(ChooseEngines(rows, kCosts), (Spans{{0, 1000, RepairEngine::kDirect}}));
}

TEST(ChooseEngines, OnlyTheDensePartIsCopied) {
  std::vector<uint64_t> rows(10, 10'000);
  rows.insert(rows.end(), 500, 0);
  rows[10] = 10'000;
  rows.insert(rows.end(), 10, 10'000);
  EXPECT_EQ(ChooseEngines(rows, kCosts), (Spans{{0, 10, RepairEngine::kDirect},
                                                {10, 510, RepairEngine::kCopyTable},
                                                {510, 520, RepairEngine::kDirect}}));
}

TEST(ChooseEngines, TwoDensePartsFarApartAreTwoRanges) {
  std::vector<uint64_t> rows(1000, 0);
  rows[500] = 100'000;
  EXPECT_EQ(ChooseEngines(rows, kCosts),
            (Spans{{0, 500, RepairEngine::kCopyTable}, {500, 1000, RepairEngine::kCopyTable}}));
}

// Every choice for a few rows, the long way.
double CheapestOf(const std::vector<uint64_t>& rows, const EngineCosts& costs) {
  double cheapest = 1e300;
  const size_t n = rows.size();
  for (uint32_t copied = 0; copied < (1u << n); ++copied) {
    for (uint32_t cut = 0; cut < (1u << n); ++cut) {
      Spans spans;
      for (size_t i = 0; i < n; ++i) {
        const bool copy = (copied >> i & 1) != 0;
        const RepairEngine engine = copy ? RepairEngine::kCopyTable : RepairEngine::kDirect;
        const bool joins = !spans.empty() && spans.back().engine == engine && (cut >> i & 1) == 0;
        if (joins) {
          spans.back().end = i + 1;
        } else {
          spans.push_back({i, i + 1, engine});
        }
      }
      cheapest = std::min(cheapest, CostOf(rows, spans, costs));
    }
  }
  return cheapest;
}

TEST(ChooseEngines, NoOtherChoiceCostsLess) {
  std::mt19937 random(1);
  const EngineCosts costs{1.0, 3.0, 0.1};
  for (int turn = 0; turn < 200; ++turn) {
    std::vector<uint64_t> rows(1 + random() % 7);
    for (uint64_t& row : rows) row = random() % 3 == 0 ? random() % 60 : random() % 3;
    const Spans spans = ChooseEngines(rows, costs);
    size_t next = 0;
    for (const EngineSpan& span : spans) {
      EXPECT_EQ(span.first, next);
      next = span.end;
    }
    EXPECT_EQ(next, rows.size());
    EXPECT_NEAR(CostOf(rows, spans, costs), CheapestOf(rows, costs), 1e-9);
  }
}

}  // namespace
}  // namespace twinwatch
