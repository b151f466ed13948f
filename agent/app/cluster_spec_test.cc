#include "agent/app/cluster_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/app/kerberos_site.h"

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

TEST(ClusterSpec, TheFolderSaysWhetherItIsSecured) {
  for (const bool secured : {false, true}) {
    const std::string folder = FolderThatSays(secured ? "Kerberos" : "simple");
    const StatusOr<ClusterKey> key = ResolveClusterSpec("conf:" + folder);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->ToString(), "zk1:2181:/hbase");
    // It does not say who the servers are.
    EXPECT_EQ(KerberosOfSpec("conf:" + folder).ok(), !secured);
    ClusterConfig config;
    config.hbase_conf_dir = folder;
    EXPECT_EQ(KerberosOfConfig(config).ok(), !secured);
    config.kerberos = KerberosConfig{"twinwatch@EXAMPLE", "/etc/keytab"};
    const StatusOr<std::optional<rpc::Kerberos>> kerberos = KerberosOfConfig(config);
    ASSERT_TRUE(kerberos.ok() && kerberos->has_value()) << kerberos.status();
    EXPECT_EQ((*kerberos)->master_principal, "hbase/_HOST@EXAMPLE");
  }
  EXPECT_EQ(*KerberosOfSpec("zk1:2181:/hbase"), std::nullopt);
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
  EXPECT_EQ(SitesOfConfig(config)->value(), *config.site);
}

}  // namespace
}  // namespace twinwatch::app
