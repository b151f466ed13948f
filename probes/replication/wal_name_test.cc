#include "probes/replication/wal_name.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(WalName, OfEachProvider) {
  const auto plain = ParseWalName("host%2C16020%2C1700000000000.1700000001111");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->group, "host%2C16020%2C1700000000000");
  EXPECT_EQ(plain->begun_ms, 1700000001111);
  EXPECT_FALSE(plain->is_meta);
  const auto multi = ParseWalName("h%2C1%2C2.h%2C1%2C2.regiongroup-0.1700000001111");
  EXPECT_EQ(multi->group, "h%2C1%2C2.h%2C1%2C2.regiongroup-0");
  const auto meta = ParseWalName("h%2C1%2C2.meta.1700000001111.meta");
  EXPECT_TRUE(meta->is_meta);
  EXPECT_EQ(meta->group, "h%2C1%2C2.meta");
}

TEST(WalName, OtherNames) {
  for (const char* bad : {"", "abc", ".1", "abc.", "abc.x", "a.1.b.c", "a.-5"}) {
    EXPECT_FALSE(ParseWalName(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace twinwatch
