#include "agent/app/closed_members.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

TEST(ClosedMembers, AreTheSameAfterTheLedger) {
  ClosedMembers members;
  members.seen = absl::FromUnixMillis(1'700'000'000'123);
  members.master = {"m", 1, 2};
  members.members[{"a-b", 16020, 17}] = {true, true, false, absl::FromUnixMillis(5)};
  members.members[kEarlierServers] = {false, true, false, absl::FromUnixMillis(6)};
  const ClosedMembers again = FromLedger(ToLedger(members));
  EXPECT_EQ(again.seen, members.seen);
  EXPECT_EQ(again.master, members.master);
  EXPECT_EQ(again.members, members.members);
}

TEST(ClosedMembers, AWaiverComesWithItsTime) {
  ClosedMembers members;
  members.members[{"a", 1, 17}] = {false, false, false, absl::FromUnixMillis(5)};
  ledger::ClosedWatch watch = ToLedger(members);
  EXPECT_TRUE(WaiversIn(watch).empty());
  watch.members[0].waived = ledger::Waiver{"gone", "ann", absl::FromUnixMillis(7)};
  EXPECT_TRUE(FromLedger(watch).members.at({"a", 1, 17}).is_waived);
  EXPECT_EQ(WaiversIn(watch).at({"a", 1, 17}), absl::FromUnixMillis(7));
}

}  // namespace
}  // namespace twinwatch::app
