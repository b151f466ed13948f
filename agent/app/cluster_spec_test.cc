#include "agent/app/cluster_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace twinwatch::app {
namespace {

using ::testing::HasSubstr;

std::string FolderThatSays(const std::string& authentication) {
  const std::string folder = ::testing::TempDir() + "conf-" + authentication;
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/hbase-site.xml")
      << "<configuration><property><name>hbase.zookeeper.quorum</name><value>zk1</value></property>"
         "<property><name>hbase.security.authentication</name><value>"
      << authentication << "</value></property></configuration>";
  return folder;
}

TEST(ClusterSpec, KerberosIsRefusedWhereverItIsAskedFor) {
  const StatusOr<ClusterKey> simple = ResolveClusterSpec("conf:" + FolderThatSays("simple"));
  ASSERT_TRUE(simple.ok()) << simple.status();
  EXPECT_EQ(simple->ToString(), "zk1:2181:/hbase");
  const StatusOr<ClusterKey> secured = ResolveClusterSpec("conf:" + FolderThatSays("Kerberos"));
  EXPECT_EQ(secured.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(Text(secured.status())), HasSubstr("hbase-site.xml wants Kerberos"));
  ClusterConfig config;
  config.zookeeper = "zk1:2181:/hbase";
  EXPECT_TRUE(ResolveClusterConfig(config).ok());
  config.kerberos = KerberosConfig{"twinwatch@EXAMPLE", "/etc/keytab"};
  EXPECT_THAT(std::string(Text(ResolveClusterConfig(config).status())),
              HasSubstr("twinwatch@EXAMPLE"));
}

TEST(ClusterSpec, WhatAmbariHasIsASite) {
  ClusterConfig config;
  config.ambari = AmbariConfig{"https://host", "prod", "reader", "/run/password"};
  EXPECT_FALSE(ResolveClusterConfig(config).ok());
  config.site = {{"hbase.zookeeper.quorum", "zk1"},
                 {"hbase.rootdir", "hdfs://nn:8020/apps/hbase"},
                 {"zookeeper.znode.parent", "/hbase-unsecure"}};
  EXPECT_EQ(ResolveClusterConfig(config)->ToString(), "zk1:2181:/hbase-unsecure");
  EXPECT_EQ(WalHomeOfConfig(config)->place.dir, "/apps/hbase");
  config.root_dir = "hdfs://nn:8020/other";
  EXPECT_EQ(RootHomeOfConfig(config)->place.dir, "/other");
  config.site->erase("hbase.rootdir");
  config.root_dir.reset();
  EXPECT_THAT(std::string(Text(WalHomeOfConfig(config).status())), HasSubstr("hbase.rootdir"));
  config.site->emplace("hbase.security.authentication", "Kerberos");
  EXPECT_THAT(std::string(Text(ResolveClusterConfig(config).status())),
              HasSubstr("hbase-site of prod in https://host wants Kerberos"));
}

}  // namespace
}  // namespace twinwatch::app
