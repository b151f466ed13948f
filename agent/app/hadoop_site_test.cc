#include "agent/app/hadoop_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace twinwatch::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Files = std::map<std::string, std::string>;

std::string Property(const std::string& name, const std::string& value,
                     const std::string& more = "") {
  return "<property><name>" + name + "</name><value>" + value + "</value>" + more + "</property>\n";
}

std::string Site(const std::string& content) {
  return "<?xml version=\"1.0\"?>\n<configuration>\n" + content + "</configuration>\n";
}

StatusOr<HadoopProperties> Parse(const Files& folder, const std::vector<std::string>& files = {
                                                          "core-site.xml", "hbase-site.xml"}) {
  const ReadHadoopFile read = [&folder](const std::string& name) -> StatusOr<std::string> {
    const auto it = folder.find(name);
    if (it == folder.end()) return absl::NotFoundError("");
    return it->second;
  };
  return ParseHadoopConf(read, "/etc/hbase/conf", files);
}

std::string WhyNot(const Files& folder) {
  const auto result = Parse(folder);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(Text(result.status()));
}

TEST(HadoopConf, LaterFileWins) {
  const auto conf =
      Parse({{"core-site.xml", Site(Property("a", "1") + Property("b", " 2 \n"))},
             {"hbase-site.xml", Site(Property("a", "<!-- was 1 -->3<![CDATA[&]]>"))}});
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_EQ(*conf, (HadoopProperties{{"a", "3&"}, {"b", "2"}}));
}

TEST(HadoopConf, FinalIsNotOverridden) {
  const auto conf = Parse({{"core-site.xml", Site(Property("a", "1", "<final>true</final>"))},
                           {"hbase-site.xml", Site(Property("a", "2"))}});
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_EQ(conf->at("a"), "1");
}

TEST(HadoopConf, PropertiesAsAttributes) {
  const auto conf = Parse({{"hbase-site.xml", Site("<property name='a' value='1' final='true'/>"
                                                   "<property name='a' value='2'/>")}});
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_EQ(conf->at("a"), "1");
}

TEST(HadoopConf, VariablesStandForOtherProperties) {
  const auto conf = Parse(
      {{"hbase-site.xml", Site(Property("dir", "/data/${which}") + Property("which", "b${n}") +
                               Property("n", "7") + Property("other", "${user.name}/${n}/$") +
                               Property("nested", "${b${n}}") + Property("open", "${n"))}});
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_EQ(conf->at("dir"), "/data/b7");
  EXPECT_EQ(conf->at("other"), "${user.name}/7/$");
  EXPECT_EQ(conf->at("nested"), "${b7}");
  EXPECT_EQ(conf->at("open"), "${n");
}

TEST(HadoopConf, VariablesThatNeverEndStayAsWritten) {
  std::string doubling = Property("v0", std::string(100, 'x'));
  for (int i = 1; i < 30; ++i) {
    const std::string before = "${v" + std::to_string(i - 1) + "}";
    doubling += Property("v" + std::to_string(i), before + before);
  }
  const auto conf = Parse({{"hbase-site.xml", Site(Property("a", "x${a}") + Property("b", "${c}") +
                                                   Property("c", "${b}") + doubling)}});
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_EQ(conf->at("a"), "x${a}");
  EXPECT_EQ(conf->at("b"), "${c}");
  EXPECT_EQ(conf->at("v29"), "${v28}${v28}");
  EXPECT_EQ(conf->at("v3"), std::string(800, 'x'));
}

constexpr char kInclude[] = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='";

TEST(HadoopConf, TakesInFilesOfTheSameFolder) {
  const auto conf =
      Parse({{"hbase-site.xml",
              Site(Property("a", "1") + kInclude + "more.xml'/>" + kInclude +
                   "none.xml'><xi:fallback>" + Property("c", "3") + "</xi:fallback></xi:include>")},
             {"more.xml", Site(Property("a", "2") + Property("b", "2"))}});
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_EQ(*conf, (HadoopProperties{{"a", "2"}, {"b", "2"}, {"c", "3"}}));
}

TEST(HadoopConf, RefusesIncludesThatLeadAstray) {
  const std::string again = std::string(kInclude) + "hbase-site.xml'/>";
  EXPECT_THAT(WhyNot({{"hbase-site.xml", Site(again)}}),
              AllOf(HasSubstr("/etc/hbase/conf/hbase-site.xml"), HasSubstr("in turn")));
  EXPECT_THAT(WhyNot({{"hbase-site.xml", Site(std::string(kInclude) + "more.xml'/>")},
                      {"more.xml", Site(again)}}),
              HasSubstr("/etc/hbase/conf/more.xml"));
  EXPECT_THAT(WhyNot({{"hbase-site.xml", Site(std::string(kInclude) + "../passwd'/>")}}),
              HasSubstr("same folder"));
  EXPECT_THAT(WhyNot({{"hbase-site.xml", Site(std::string(kInclude) + "none.xml'/>")}}),
              HasSubstr("none.xml"));
  Files wide;  // 10 to the power of 8 files if nobody counted
  for (int i = 0; i < 9; ++i) {
    std::string includes;
    for (int k = 0; k < 10; ++k) includes += kInclude + std::to_string(i + 1) + ".xml'/>";
    wide[i == 0 ? "hbase-site.xml" : std::to_string(i) + ".xml"] = Site(i == 8 ? "" : includes);
  }
  EXPECT_THAT(WhyNot(wide), HasSubstr("more than 64 files"));
}

TEST(HadoopConf, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(WhyNot({}), AllOf(HasSubstr("no hbase-site.xml in /etc/hbase/conf"),
                                HasSubstr("name the folder")));
  EXPECT_THAT(WhyNot({{"hbase-site.xml", "<configuration>\n<property>\n</configuration>"}}),
              HasSubstr("/etc/hbase/conf/hbase-site.xml:3: "));
  EXPECT_THAT(WhyNot({{"hbase-site.xml", "<html/>"}}), HasSubstr("<configuration>"));
  EXPECT_THAT(WhyNot({{"hbase-site.xml", ""}}), HasSubstr("hbase-site.xml"));
}

TEST(HadoopConf, ReadsAFolder) {
  const std::string dir = ::testing::TempDir() + "hadoop_site_test";
  std::filesystem::create_directories(dir);
  std::ofstream(dir + "/hbase-site.xml") << Site(Property("zookeeper.znode.parent", "/b"));
  const auto conf = ReadHadoopConf(dir, {"core-site.xml", "hdfs-site.xml", "hbase-site.xml"});
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_EQ(conf->at("zookeeper.znode.parent"), "/b");
  std::filesystem::remove_all(dir);
  EXPECT_THAT(std::string(Text(ReadHadoopConf(dir, {"hbase-site.xml"}).status())), HasSubstr(dir));
}

std::string KeyOf(const HadoopProperties& site) {
  const auto key = ClusterKeyFromSite(site);
  return key.ok() ? key->ToString() : std::string(Text(key.status()));
}

TEST(ClusterKeyFromSite, DefaultsAreHBases) { EXPECT_EQ(KeyOf({}), "localhost:2181:/hbase"); }

TEST(ClusterKeyFromSite, PortsMayStandInTheQuorum) {
  EXPECT_EQ(KeyOf({{"hbase.zookeeper.quorum", " zk1 , zk2,, zk3"},
                   {"hbase.zookeeper.property.clientPort", "2182"},
                   {"zookeeper.znode.parent", "/hbase-secure"}}),
            "zk1,zk2,zk3:2182:/hbase-secure");
  EXPECT_EQ(KeyOf({{"hbase.zookeeper.quorum", "zk1:2183,zk2"}}), "zk1:2183,zk2:2181:/hbase");
}

TEST(ClusterKeyFromSite, NamesThePropertiesToLookAt) {
  for (const HadoopProperties& bad :
       {HadoopProperties{{"hbase.zookeeper.property.clientPort", "many"}},
        HadoopProperties{{"hbase.zookeeper.quorum", ","}},
        HadoopProperties{{"hbase.zookeeper.quorum", "${zk}"}},
        HadoopProperties{{"zookeeper.znode.parent", "hbase"}}}) {
    EXPECT_THAT(KeyOf(bad), HasSubstr("hbase.zookeeper.quorum, "));
  }
}

}  // namespace
}  // namespace twinwatch::app
