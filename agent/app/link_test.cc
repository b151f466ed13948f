#include "agent/app/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using ::testing::HasSubstr;

Peer PeerTo(std::string id, std::string key) {
  Peer peer;
  peer.id = std::move(id);
  peer.cluster_key = std::move(key);
  return peer;
}

TEST(ChoosePeer, TheOneThatIsNamed) {
  const std::vector<Peer> peers = {PeerTo("1", "b:2181:/hbase"), PeerTo("2", "c:2181:/hbase")};
  EXPECT_EQ((*ChoosePeer(peers, "a", "2", std::nullopt))->id, "2");
  const auto missing = ChoosePeer(peers, "a", "7", std::nullopt);
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("a has no peer 7 (it has: 1, 2)"));
}

TEST(ChoosePeer, TheOneThatLeadsToTheTarget) {
  const std::vector<Peer> peers = {PeerTo("1", "b:2181:/hbase"), PeerTo("2", "c:2181:/hbase")};
  EXPECT_EQ((*ChoosePeer(peers, "a", std::nullopt, *ClusterKey::Parse("c:2181:/hbase")))->id, "2");
  EXPECT_EQ(*ChoosePeer(peers, "a", std::nullopt, *ClusterKey::Parse("d:2181:/hbase")),
            std::nullopt);
}

TEST(ChoosePeer, TheOnlyOneWhenNothingIsSaid) {
  EXPECT_EQ((*ChoosePeer({PeerTo("1", "b:2181:/hbase")}, "a", std::nullopt, std::nullopt))->id,
            "1");
  EXPECT_EQ(*ChoosePeer({}, "a", std::nullopt, std::nullopt), std::nullopt);
  EXPECT_EQ(
      *ChoosePeer({PeerTo("1", "b:1:/h"), PeerTo("2", "c:1:/h")}, "a", std::nullopt, std::nullopt),
      std::nullopt);
}

}  // namespace
}  // namespace twinwatch::app
