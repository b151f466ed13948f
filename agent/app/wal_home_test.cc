#include "agent/app/wal_home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The NameNodes as host:port, or an error's text.
std::vector<std::string> Asked(const HadoopProperties& site,
                               std::optional<std::string> webhdfs = std::nullopt) {
  const StatusOr<WalHome> home = WalHomeFromSite(site, webhdfs);
  if (!home.ok()) return {std::string(Text(home.status()))};
  std::vector<std::string> out;
  for (const http::Url& url : home->place.name_nodes) out.push_back(url.HostPort());
  return out;
}

TEST(WalHome, OneNameNode) {
  const HadoopProperties site = {{"hbase.rootdir", "hdfs://nn1:8020/hbase"},
                                 {"dfs.namenode.http-address", "nn1:50070"}};
  EXPECT_THAT(Asked(site), ElementsAre("nn1:50070"));
  EXPECT_EQ(WalHomeFromSite(site, std::nullopt)->place.dir, "/hbase");
}

TEST(WalHome, WithoutAnHttpAddress) {
  EXPECT_THAT(Asked({{"hbase.rootdir", "hdfs://nn1:8020/hbase"}}), ElementsAre("nn1:9870"));
  EXPECT_THAT(Asked({{"hbase.rootdir", "hdfs://nn1:8020/hbase"},
                     {"dfs.namenode.http-address", "0.0.0.0:9871"}}),
              ElementsAre("nn1:9871"));
}

TEST(WalHome, HighAvailability) {
  const HadoopProperties site = {
      {"hbase.rootdir", "/apps/hbase"},
      {"fs.defaultFS", "hdfs://prod"},
      {"dfs.nameservices", "prod,other"},
      {"dfs.ha.namenodes.prod", "nn1, nn2"},
      {"dfs.namenode.http-address.prod.nn1", "a:9870"},
      {"dfs.namenode.rpc-address.prod.nn2", "b:8020"},
      {"dfs.namenode.http-address.other.nn1", "z:9870"},
  };
  EXPECT_THAT(Asked(site), ElementsAre("a:9870", "b:9870"));
  EXPECT_EQ(WalHomeFromSite(site, std::nullopt)->place.dir, "/apps/hbase");
}

TEST(WalHome, TheWalDirWins) {
  const auto home = WalHomeFromSite(
      {{"hbase.rootdir", "wasb://c@a/hbase"}, {"hbase.wal.dir", "hdfs://n:1/wals"}}, std::nullopt);
  ASSERT_TRUE(home.ok()) << home.status();
  EXPECT_EQ(home->place.dir, "/wals");
}

TEST(WalHome, LocalFiles) {
  for (const char* dir : {"file:///data/hbase", "file:/data/hbase"}) {
    const auto home = WalHomeFromSite({{"hbase.rootdir", dir}}, std::nullopt);
    ASSERT_TRUE(home.ok()) << home.status();
    EXPECT_EQ(home->place, (dfs::WalHome{"/data/hbase", {}}));
  }
}

TEST(WalHome, WhatTheUserSaysWins) {
  EXPECT_THAT(Asked({{"hbase.rootdir", "/hbase"}}, "http://gate:14000"), ElementsAre("gate:14000"));
  EXPECT_THAT(Asked({{"hbase.rootdir", "hdfs://nn1:8020/hbase"}}, "http://nn2:1"),
              ElementsAre("nn2:1"));
}

TEST(WalHome, WhyNobodyCanBeAsked) {
  const auto why = [](HadoopProperties site) { return Asked(site).at(0); };
  EXPECT_THAT(why({}), HasSubstr("neither hbase.wal.dir nor hbase.rootdir"));
  EXPECT_THAT(why({{"hbase.rootdir", "s3a://b/hbase"}}), HasSubstr("s3a://"));
  EXPECT_THAT(why({{"hbase.rootdir", "/hbase"}}), HasSubstr("fs.defaultFS"));
  EXPECT_THAT(why({{"hbase.rootdir", "${hbase.tmp.dir}/hbase"}}), HasSubstr("no folder"));
  EXPECT_THAT(why({{"hbase.rootdir", "hdfs://n/hbase"}, {"dfs.http.policy", "HTTPS_ONLY"}}),
              HasSubstr("https"));
}

TEST(WalHome, SleepForRetries) {
  HadoopProperties site = {{"hbase.rootdir", "file:///x"}};
  EXPECT_EQ(WalHomeFromSite(site, std::nullopt)->sleep_for_retries, absl::Seconds(1));
  EXPECT_FALSE(WalHomeFromSite(site, std::nullopt)->has_wal_groups);
  site["hbase.wal.provider"] = "multiwal";
  EXPECT_TRUE(WalHomeFromSite(site, std::nullopt)->has_wal_groups);
  site["replication.source.sleepforretries"] = "200";
  EXPECT_EQ(WalHomeFromSite(site, std::nullopt)->sleep_for_retries, absl::Milliseconds(200));
  site["replication.source.sleepforretries"] = "-5";
  EXPECT_EQ(WalHomeFromSite(site, std::nullopt)->sleep_for_retries, absl::Seconds(1));
}

TEST(RootHome, IsTheRootFolderWhereverWalsAre) {
  const HadoopProperties site = {{"hbase.wal.dir", "hdfs://wals:8020/w"},
                                 {"hbase.rootdir", "hdfs://nn:8020/hbase"}};
  const auto home = RootHomeFromSite(site, std::nullopt);
  ASSERT_TRUE(home.ok()) << home.status();
  EXPECT_EQ(home->place.dir, "/hbase");
  EXPECT_EQ(home->place.name_nodes.at(0).HostPort(), "nn:9870");
}

TEST(RootHome, WhyNobodyCanBeAsked) {
  EXPECT_EQ(RootHomeFromSite({{"hbase.wal.dir", "file:///w"}}, std::nullopt).status().code(),
            absl::StatusCode::kNotFound);
  const Status status =
      RootHomeFromSite({{"hbase.wal.dir", "hdfs://nn:8020/w"}, {"hbase.rootdir", "s3a://b/hbase"}},
                       std::nullopt)
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Text(status), "HFiles are on s3a://: file:// and hdfs:// alone are read");
}

}  // namespace
}  // namespace twinwatch::app
