#include "verifier/run/work_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Todo Uncounted(std::string start, std::string stop) {
  return {{std::move(start), std::move(stop)}, false};
}

TEST(WorkList, WhatWasBegunIsLeftUntilItIsFinished) {
  WorkList work;
  work.Add(Uncounted("", "m"));
  work.Add(Uncounted("m", ""));
  const auto piece = work.Begin();
  ASSERT_TRUE(piece.has_value());
  EXPECT_EQ(piece->todo.range, (KeyRange{"", "m"}));
  EXPECT_THAT(work.Left(), ElementsAre(Uncounted("", "m"), Uncounted("m", "")));
  work.Advance(piece->id, "c");
  EXPECT_EQ(work.Rest(piece->id), (KeyRange{"c", "m"}));
  EXPECT_THAT(work.Left(), ElementsAre(Uncounted("c", "m"), Uncounted("m", "")));
  work.Finish(piece->id);
  EXPECT_THAT(work.Left(), ElementsAre(Uncounted("m", "")));
  EXPECT_EQ(work.size(), 2u);
}

TEST(WorkList, NeverGoesBack) {
  WorkList work;
  work.Add(Uncounted("", ""));
  const int id = work.Begin()->id;
  work.Advance(id, "k");
  work.Advance(id, "c");
  work.Advance(id, "");
  EXPECT_EQ(work.Rest(id), (KeyRange{"k", ""}));
}

TEST(WorkList, APieceThatWasReadToItsBorderIsNotLeft) {
  WorkList work;
  work.Add(Uncounted("", "m"));
  work.Advance(work.Begin()->id, "m");
  EXPECT_THAT(work.Left(), IsEmpty());
}

TEST(WorkList, WhatIsGivenUpIsLeft) {
  WorkList work;
  work.Add(Uncounted("a", "b"));
  work.Add({{"b", "c"}, true});
  EXPECT_THAT(work.GiveUpTheRest(), ElementsAre(KeyRange{"a", "b"}, KeyRange{"b", "c"}));
  EXPECT_FALSE(work.Begin().has_value());
  EXPECT_THAT(work.Left(), ElementsAre(Uncounted("a", "b"), Todo{{"b", "c"}, true}));
}

}  // namespace
}  // namespace twinwatch
