#include "agent/app/coverage.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

constexpr absl::Duration kFreshness = absl::Hours(24);
const absl::Time kNow = absl::FromUnixSeconds(1'795'451'884);

ledger::PassRanges Pass(int hours_ago, uint64_t done, uint64_t left) {
  return {kNow - absl::Hours(hours_ago), done, left};
}

TEST(Coverage, OfMarksAndPasses) {
  struct Case {
    const char* what;
    std::optional<int> full_hours_ago;
    std::vector<ledger::PassRanges> passes;
    double expected;
  };
  const std::optional<int> never;
  for (const Case& one : std::vector<Case>{
           {"nothing", never, {}, 0},
           {"compared as a whole", 3, {}, 1},
           {"just in time", 24, {}, 1},
           {"too old", 25, {}, 0},
           {"whole, and a pass has only begun", 3, {Pass(1, 0, 10)}, 1},
           {"too old, and a pass is under way", 25, {Pass(1, 3, 1)}, 0.75},
           {"the first pass", never, {Pass(1, 1, 3)}, 0.25},
           {"that has only begun", never, {Pass(1, 0, 1)}, 0},
           {"that has read all and not ended", never, {Pass(1, 3, 0)}, 0.75},
           {"of one range", never, {Pass(1, 1, 0)}, 0.5},
           {"that was broken off too long ago", never, {Pass(25, 3, 1)}, 0},
           {"the one that has come further", never, {Pass(5, 3, 1), Pass(1, 1, 3)}, 0.75},
           {"but for one that is too old", never, {Pass(25, 3, 1), Pass(1, 1, 3)}, 0.25},
       }) {
    std::optional<absl::Time> full;
    if (one.full_hours_ago) full = kNow - absl::Hours(*one.full_hours_ago);
    EXPECT_DOUBLE_EQ(CoverageOf(full, one.passes, kFreshness, kNow), one.expected) << one.what;
  }
}

TEST(Ranges, OfTheLatestPassOverEachTable) {
  const TableName t{"default", "t"}, u{"default", "u"};
  ledger::PassRanges old = Pass(9, 10, 0), running = Pass(1, 4, 6), ended = Pass(2, 7, 1);
  old.drifted = 10;
  running.drifted = 1;
  ended.ended = true;
  EXPECT_EQ(StatesOf({{t, {{"a", running}, {"z", old}}}, {u, {{"b", ended}}}}),
            (RangeStates{10, 1, 6, 1}));
  EXPECT_EQ(StatesOf({}), RangeStates());
}

}  // namespace
}  // namespace twinwatch::app
