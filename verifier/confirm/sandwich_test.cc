#include "verifier/confirm/sandwich.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

// One column of a row, as a letter for its content; '-' when the row has no such column.
RowPrint Row(std::string_view columns) {
  RowPrint print;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == '-') continue;
    ColumnPrint column;
    column.column = i + 1;
    column.shape = static_cast<uint64_t>(columns[i] & ~0x20);  // the same for a and A
    column.values = static_cast<uint64_t>(columns[i]);
    column.timestamps.Include(100 + i);
    print.push_back(column);
  }
  return print;
}

struct Case {
  const char* name;
  const char *s1, *d, *s2;
  const char* verdict;  // of the only column: same, differs, open
};

std::string VerdictOf(const SandwichJudgement& judgement) {
  if (judgement.open) return "open";
  return judgement.Settled() ? "same" : "differs";
}

TEST(Sandwich, OneColumnOneWay) {
  const Case cases[] = {
      {"all the same", "a", "a", "a", "same"},
      {"the target has what the source had", "a", "a", "b", "same"},
      {"the target has what the source got", "a", "b", "b", "same"},
      {"the target stands still elsewhere", "a", "b", "a", "differs"},
      {"the target lacks it", "a", "-", "a", "differs"},
      {"only the target has it", "-", "a", "-", "differs"},
      {"the source changed, the target has neither", "a", "c", "b", "open"},
      {"deleted meanwhile, and the target too", "a", "-", "-", "same"},
      {"written meanwhile, not there yet", "-", "-", "a", "same"},
      {"written meanwhile, the target has another", "-", "b", "a", "open"},
  };
  for (const Case& c : cases) {
    const RowPrint s1 = Row(c.s1), d = Row(c.d), s2 = Row(c.s2);
    EXPECT_EQ(VerdictOf(JudgeSandwich({s1, nullptr, d, s2})), c.verdict) << c.name;
  }
}

TEST(Sandwich, OneColumnTwoWay) {
  struct TwoWay {
    const char* name;
    const char *s1, *d1, *d2, *s2;
    const char* verdict;
  };
  const TwoWay cases[] = {
      {"stands still on both sides", "a", "b", "b", "a", "differs"},
      {"the target's write came over", "a", "b", "b", "b", "same"},
      {"the source has what the target had", "a", "b", "c", "b", "same"},
      {"the target changed meanwhile", "a", "a", "c", "a", "same"},
      {"the target changed to something else", "a", "b", "c", "a", "open"},
      {"only the target has it, still", "-", "a", "a", "-", "differs"},
      {"only the target has it, new", "-", "-", "a", "-", "same"},
  };
  for (const TwoWay& c : cases) {
    const RowPrint s1 = Row(c.s1), d1 = Row(c.d1), d2 = Row(c.d2), s2 = Row(c.s2);
    EXPECT_EQ(VerdictOf(JudgeSandwich({s1, &d1, d2, s2})), c.verdict) << c.name;
  }
}

TEST(Sandwich, ColumnsAreJudgedOneByOne) {
  const RowPrint s1 = Row("aaa"), d = Row("abc"), s2 = Row("aab");
  const SandwichJudgement judgement = JudgeSandwich({s1, nullptr, d, s2});
  EXPECT_TRUE(judgement.open);
  ASSERT_EQ(judgement.differing.size(), 1u);
  EXPECT_EQ(judgement.differing[0].column, 2u);
}

std::optional<DriftClass> ClassOf(const char* source, const char* target) {
  const RowPrint s = Row(source), d = Row(target);
  const SandwichLooks looks{s, nullptr, d, s};
  const auto differing = JudgeSandwich(looks).differing;
  const auto drift = Confirmed(differing, differing, looks);
  if (!drift) return std::nullopt;
  return drift->drift_class;
}

TEST(Sandwich, Classes) {
  EXPECT_EQ(ClassOf("a", "-"), DriftClass::kMissing);
  EXPECT_EQ(ClassOf("-", "a"), DriftClass::kExtra);
  EXPECT_EQ(ClassOf("ab", "aB"), DriftClass::kValue);
  EXPECT_EQ(ClassOf("ab", "a-"), DriftClass::kCells);
  EXPECT_EQ(ClassOf("ab", "Ac"), DriftClass::kCells);
  EXPECT_EQ(ClassOf("ab", "ab"), std::nullopt);
}

TEST(Sandwich, OnlyWhatDiffersInTheSameWayTwiceIsConfirmed) {
  const RowPrint s = Row("aaa"), first = Row("bba"), second = Row("cbb");
  const auto one = JudgeSandwich({s, nullptr, first, s}).differing;
  const SandwichLooks looks{s, nullptr, second, s};
  const auto drift = Confirmed(one, JudgeSandwich(looks).differing, looks);
  ASSERT_TRUE(drift);
  EXPECT_EQ(drift->differing.oldest_ms, 101u);
  EXPECT_EQ(drift->differing.newest_ms, 101u);
  const RowPrint none = Row("cac");
  const SandwichLooks other{s, nullptr, none, s};
  EXPECT_FALSE(Confirmed(one, JudgeSandwich(other).differing, other));
}

}  // namespace
}  // namespace twinwatch
