#include "probes/rpc/kerberos.h"

#include <gtest/gtest.h>

namespace twinwatch::rpc {
namespace {

TEST(ServerPrincipal, HostIsTheServersInLowerCase) {
  EXPECT_EQ(ServerPrincipal("hbase/_HOST@EXAMPLE.COM", "RS1.example.COM"),
            "hbase/rs1.example.com@EXAMPLE.COM");
  EXPECT_EQ(ServerPrincipal("hbase/_HOST", "rs1"), "hbase/rs1");
}

TEST(ServerPrincipal, OneForAllServers) {
  EXPECT_EQ(ServerPrincipal("hbase/all.example.com@EXAMPLE.COM", "rs1"),
            "hbase/all.example.com@EXAMPLE.COM");
  EXPECT_EQ(ServerPrincipal("_HOST@EXAMPLE.COM", "rs1"), "_HOST@EXAMPLE.COM");
}

}  // namespace
}  // namespace twinwatch::rpc
