#include "agent/app/ambari_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// As Ambari 2.7 answers, shortened.
constexpr char kTags[] = R"({
  "href" : "http://a:8080/api/v1/clusters/prod?fields=Clusters/desired_configs",
  "Clusters" : { "cluster_name" : "prod", "version" : "HDP-3.1", "desired_configs" : {
    "core-site" : { "tag" : "TOPOLOGY_RESOLVED", "version" : 2 },
    "hbase-site" : { "tag" : "version1700000000000", "user" : "admin", "version" : 5 } } } })";

std::string File(std::string_view properties, std::string_view more = "") {
  return fmt::format(
      R"({{"items":[{{"tag":"v0","type":"hbase-site","properties":{{"a":"old"}}}},
          {{"tag":"v1","type":"hbase-site","version":2,"properties":{{{}}}{}}}]}})",
      properties, more);
}

TEST(AmbariAnswers, TheTagsThatAreInForce) {
  const auto tags = ParseAmbariTags(kTags);
  ASSERT_TRUE(tags.ok()) << tags.status();
  EXPECT_THAT(*tags, UnorderedElementsAre(Pair("core-site", "TOPOLOGY_RESOLVED"),
                                          Pair("hbase-site", "version1700000000000")));
}

TEST(AmbariAnswers, PropertiesOfTheTagThatWasAskedFor) {
  const auto file =
      ParseAmbariFile(File(R"("a":"new"," b ":" x\n")",
                           R"(,"properties_attributes":{"final":{"a":"true","b":"false"}})"),
                      "hbase-site", "v1");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->properties, UnorderedElementsAre(Pair("a", "new"), Pair("b", "x")));
  EXPECT_THAT(file->final_names, ElementsAre("a"));
  EXPECT_FALSE(ParseAmbariFile(File(R"("a":"new")"), "hbase-site", "v2").ok());
  EXPECT_FALSE(ParseAmbariFile(File(R"("a":"new")"), "core-site", "v1").ok());
}

TEST(AmbariAnswers, WhatIsNoAnswerIsAnError) {
  for (const char* bad : {"", "{}", "[]", "null", "\"x\"", "<html>", R"({"Clusters":1,"items":{}})",
                          R"({"Clusters":{"desired_configs":[]},"items":1})"}) {
    EXPECT_EQ(ParseAmbariTags(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
    EXPECT_EQ(ParseAmbariFile(bad, "t", "v").status().code(), absl::StatusCode::kDataLoss) << bad;
    EXPECT_EQ(ParseAmbariClusters(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
  EXPECT_FALSE(ParseAmbariFile(File(R"("a":1)"), "hbase-site", "v1").ok());
  EXPECT_TRUE(
      ParseAmbariTags(R"({"Clusters":{"desired_configs":{"a":1,"b":{"tag":2}}}})")->empty());
}

TEST(AmbariAnswers, NamesThatCannotBeShownAreLeftOut) {
  const auto names = ParseAmbariClusters(R"({"items":[{"Clusters":{"cluster_name":"prod"}},
      {"Clusters":{"cluster_name":"\u001b[31m"}},{"Clusters":1},1,{"Clusters":{"cluster_name":"east"}}]})");
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, ElementsAre("east", "prod"));
}

TEST(AmbariAnswers, TheSiteIsMadeByHadoopsRules) {
  const AmbariFile core{{{"fs.defaultFS", "hdfs://nn:8020"}, {"a", "core"}, {"b", "core"}}, {"b"}};
  const AmbariFile hbase{
      {{"hbase.rootdir", "${fs.defaultFS}/apps/hbase"}, {"a", "hbase"}, {"b", "hbase"}}, {}};
  const auto site = SiteOfAmbariFiles({core, hbase});
  ASSERT_TRUE(site.ok()) << site.status();
  EXPECT_THAT(*site, UnorderedElementsAre(Pair("fs.defaultFS", "hdfs://nn:8020"),
                                          Pair("hbase.rootdir", "hdfs://nn:8020/apps/hbase"),
                                          Pair("a", "hbase"), Pair("b", "core")));
}

TEST(AmbariAnswers, ATemplateIsNoPlace) {
  const AmbariFile other{{{"hbase.tmp.dir", "{{tmp}}"}}, {}};
  EXPECT_TRUE(SiteOfAmbariFiles({other}).ok());
  const AmbariFile needed{
      {{"port", "{{port}}"}, {"hbase.zookeeper.property.clientPort", "${port}"}}, {}};
  const Status status = SiteOfAmbariFiles({needed}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Text(status)), HasSubstr("hbase.zookeeper.property.clientPort"));
}

}  // namespace
}  // namespace twinwatch::app
