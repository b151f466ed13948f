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

TEST(LinkSpecFromConfig, TheCapsHoldOverAllLinks) {
  Config config;
  config.clusters["a"].zookeeper = "a:2181:/hbase";
  config.clusters["b"].zookeeper = "b:2181:/hbase";
  config.webhdfs_requests_per_second = 1;
  config.zookeeper_reads_per_second = 1;
  config.links.resize(2);
  const Caps caps = CapsOf(config);
  std::vector<LinkSpec> specs;
  for (LinkConfig& link : config.links) {
    link.source = "a";
    link.target = "b";
    const StatusOr<LinkSpec> spec = LinkSpecFromConfig(config, link, caps);
    ASSERT_TRUE(spec.ok()) << spec.status();
    specs.push_back(*spec);
  }
  const auto now = std::chrono::steady_clock::now();
  for (const auto bucket : {&LinkSpec::znode_reads, &LinkSpec::file_requests}) {
    EXPECT_TRUE((specs[0].*bucket)->Take(now, now));
    // What one link has taken the other does not get.
    EXPECT_FALSE((specs[1].*bucket)->Take(now, now));
  }
}

}  // namespace
}  // namespace twinwatch::app
