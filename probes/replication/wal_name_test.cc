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

TEST(WalName, WhoseItIs) {
  const auto plain = ParseWalName("rs1.example.com%2C16020%2C1700000000000.1700000001111");
  ASSERT_TRUE(plain.ok() && plain->server);
  EXPECT_EQ(plain->server->ToString(), "rs1.example.com,16020,1700000000000");
  EXPECT_EQ(ParseWalName("h%2C1%2C2.h%2C1%2C2.regiongroup-0.17")->server->ToString(), "h,1,2");
  EXPECT_EQ(ParseWalName("h%2C1%2C2.meta.17.meta")->server->ToString(), "h,1,2");
  for (const char* other : {"h.17", "h%2C1.17", "h%2C1%2Cx.17", "..%2F..%2C1%2C2.17", "%2C1%2C2.17",
                            "h%%2C1%2C2.17", "h%00%2C1%2C2.17", "%2C%2C.17"}) {
    const auto name = ParseWalName(other);
    ASSERT_TRUE(name.ok()) << other;
    EXPECT_EQ(name->server, std::nullopt) << other;
  }
}

TEST(WalName, OtherNames) {
  for (const char* bad : {"", "abc", ".1", "abc.", "abc.x", "a.1.b.c", "a.-5"}) {
    EXPECT_FALSE(ParseWalName(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace twinwatch
