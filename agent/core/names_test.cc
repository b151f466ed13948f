#include <gtest/gtest.h>

#include "agent/core/server_name.h"
#include "agent/core/table_name.h"

namespace twinwatch {
namespace {

TEST(TableName, DefaultNamespaceIsNotPrinted) {
  EXPECT_EQ(TableName::Parse("orders")->ToString(), "orders");
  EXPECT_EQ(TableName::Parse("default:orders")->ToString(), "orders");
  EXPECT_EQ(TableName::Parse("ns1:events.v-2")->ToString(), "ns1:events.v-2");
}

TEST(TableName, RefusesWhatHBaseRefuses) {
  for (const char* bad : {"", ":t", "ns:", "a b", "-t", ".t", "n.s:t", "a:b:c", "t/"}) {
    EXPECT_FALSE(TableName::Parse(bad).ok()) << bad;
  }
}

TEST(ServerName, RoundTrip) {
  const auto name = ServerName::Parse("rs-1.example,16020,1795455488264");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->ToString(), "rs-1.example,16020,1795455488264");
  EXPECT_EQ(name->HostPort(), "rs-1.example:16020");
}

TEST(ServerName, RefusesTheRest) {
  for (const char* bad :
       {"", "h", "h,1", ",1,2", "h,x,2", "h,1,", "h,70000,2", "h,1,2,3", "cversion_1"}) {
    EXPECT_FALSE(ServerName::Parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace twinwatch
