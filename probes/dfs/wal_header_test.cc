#include "probes/dfs/wal_header.h"

#include <gtest/gtest.h>

#include <string>

namespace twinwatch::dfs {
namespace {

TEST(WalHeader, OfHBase261) {
  // The beginning of a WAL that holds nothing else: 85 bytes.
  const std::string prefix("PWAL\x50\x08\x00\x18\x00\x22\x11ProtobufLog", 22);
  EXPECT_EQ(HeaderBytes(prefix, 85), 85u);
  EXPECT_EQ(HeaderBytes(prefix.substr(0, kHeaderPrefix), 7'915'740), 85u);
}

TEST(WalHeader, LongerOnesHaveALongerLength) {
  EXPECT_EQ(HeaderBytes("PWAL\xAC\x02", 1000), 4u + 2 + 300);
}

TEST(WalHeader, NotWholeOrNoWal) {
  EXPECT_EQ(HeaderBytes("PWAL\x50", 84), std::nullopt);
  for (const char* bad :
       {"", "PWA", "PWAL", "PWAL\xAC", "XWAL\x50", "PWAL\xFF\xFF\xFF\xFF\xFF\xFF\x01"})
    EXPECT_EQ(HeaderBytes(bad, 1 << 30), std::nullopt) << bad;
}

}  // namespace
}  // namespace twinwatch::dfs
