#include "probes/wire/call_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace twinwatch::wire {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

CallTable<std::string>::TimePoint At(int ms) {
  return CallTable<std::string>::TimePoint(milliseconds(ms));
}

TEST(CallTable, EachCallComesBackOnce) {
  CallTable<std::string> table;
  const uint32_t a = table.Add("a", At(10));
  const uint32_t b = table.Add("b", At(20));
  EXPECT_NE(a, b);
  EXPECT_EQ(table.Take(b), "b");
  EXPECT_EQ(table.Take(b), std::nullopt);
  EXPECT_EQ(table.Take(12345), std::nullopt);
  EXPECT_EQ(table.size(), 1u);
}

TEST(CallTable, ExpiresWhatIsDue) {
  CallTable<std::string> table;
  table.Add("a", At(10));
  const uint32_t b = table.Add("b", At(20));
  EXPECT_EQ(table.NextDeadline(), At(10));
  EXPECT_THAT(table.TakeExpired(At(9)), ElementsAre());
  EXPECT_THAT(table.TakeExpired(At(10)), ElementsAre("a"));
  EXPECT_EQ(table.NextDeadline(), At(20));
  EXPECT_EQ(table.Take(b), "b");
  EXPECT_EQ(table.NextDeadline(), std::nullopt);
}

TEST(CallTable, LosesAllAtOnce) {
  CallTable<std::string> table;
  table.Add("a", At(10));
  table.Add("b", At(20));
  EXPECT_THAT(table.TakeAll(), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace twinwatch::wire
