#include "agent/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace twinwatch::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Every key of the reference, each with another value than its default.
constexpr char kEverything[] = R"(
clusters:
  a:
    zookeeper: zk1,zk2:2181:/hbase
    root_dir: /hbase
    webhdfs: http://namenode:9870
    kerberos: {principal: twinwatch@EXAMPLE, keytab_file: /etc/keytab}
  b:
    hbase_conf_dir: /etc/hbase/conf
  c:
    ambari: {url: https://ambari, cluster: prod, user: reader, password_file: /run/password}
links:
  - name: a-b
    source: a
    target: b
    peer: "1"
    heartbeat: {interval: 500ms, table: ops:beat}
    verify:
      freshness: 1d
      incremental: 5m
      rate: 50MB/s
      window: 22:00-06:00
      max_lag: 2m
      tables:
        include: ["orders.*", users]
        exclude: [tmp_.*]
    repair: {mode: approve, limits: {rows: 10, bytes: 1MB, window: "22:00-06:00"}, hbase_command: /opt/hbase/bin/hbase}
    failover: {max_lag: 10s, max_loss: 5s, min_coverage: 0.5}
  - name: b-c
    source: b
zookeeper: {reads_per_second: 100}
webhdfs: {requests_per_second: 10}
metrics: {table_limit: 20}
storage: {path: /var/lib/twinwatch}
web: {listen_address: "[::1]:9919"}
)";

std::string WhyNot(const std::string& text) {
  const auto config = ParseConfig(text, "tw.yml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(Text(config.status()));
}

TEST(Config, TakesEveryKey) {
  const auto config = ParseConfig(kEverything, "tw.yml");
  ASSERT_TRUE(config.ok()) << config.status();
  const ClusterConfig& a = config->clusters.at("a");
  EXPECT_EQ(a.zookeeper, "zk1,zk2:2181:/hbase");
  EXPECT_EQ(a.root_dir, "/hbase");
  EXPECT_EQ(a.webhdfs, "http://namenode:9870");
  EXPECT_EQ(a.kerberos->principal, "twinwatch@EXAMPLE");
  EXPECT_EQ(a.kerberos->keytab_file, "/etc/keytab");
  EXPECT_EQ(config->clusters.at("b").hbase_conf_dir, "/etc/hbase/conf");
  const AmbariConfig& ambari = *config->clusters.at("c").ambari;
  EXPECT_THAT((std::vector{ambari.url, ambari.cluster, ambari.user, ambari.password_file}),
              ElementsAre("https://ambari", "prod", "reader", "/run/password"));
  ASSERT_EQ(config->links.size(), 2u);
  const LinkConfig& link = config->links[0];
  EXPECT_EQ(link.name, "a-b");
  EXPECT_EQ(link.source, "a");
  EXPECT_EQ(link.target, "b");
  EXPECT_EQ(link.peer, "1");
  EXPECT_EQ(link.heartbeat.interval, absl::Milliseconds(500));
  EXPECT_EQ(link.heartbeat.table, "ops:beat");
  EXPECT_EQ(link.verify.freshness, absl::Hours(24));
  EXPECT_EQ(link.verify.incremental, absl::Minutes(5));
  EXPECT_EQ(link.verify.rate_bytes_per_second, 50'000'000u);
  EXPECT_EQ(link.verify.window, "22:00-06:00");
  EXPECT_EQ(link.verify.max_lag, absl::Minutes(2));
  EXPECT_THAT(link.verify.tables_include, ElementsAre("orders.*", "users"));
  EXPECT_THAT(link.verify.tables_exclude, ElementsAre("tmp_.*"));
  EXPECT_EQ(link.repair.mode, RepairMode::kApprove);
  EXPECT_EQ(link.repair.limits.rows, 10u);
  EXPECT_EQ(link.repair.limits.bytes, 1'000'000u);
  EXPECT_EQ(link.repair.limits.window, "22:00-06:00");
  EXPECT_EQ(link.repair.hbase_command, "/opt/hbase/bin/hbase");
  EXPECT_EQ(link.failover.max_lag, absl::Seconds(10));
  EXPECT_EQ(link.failover.max_loss, absl::Seconds(5));
  EXPECT_EQ(link.failover.min_coverage, 0.5);
  EXPECT_EQ(config->zookeeper_reads_per_second, 100u);
  EXPECT_EQ(config->webhdfs_requests_per_second, 10u);
  EXPECT_EQ(config->metrics_table_limit, 20u);
  EXPECT_EQ(config->storage_path, "/var/lib/twinwatch");
  EXPECT_EQ(config->web_listen_address, "[::1]:9919");
}

TEST(Config, DefaultsOfALinkThatNamesOnlyItsSource) {
  const auto config =
      ParseConfig("links: [{name: l, source: a}]\nclusters: {a: {zookeeper: 'z:2181:/h'}}", "f");
  ASSERT_TRUE(config.ok()) << config.status();
  const LinkConfig& link = config->links.at(0);
  EXPECT_EQ(link.target, std::nullopt);
  EXPECT_EQ(link.peer, std::nullopt);
  EXPECT_EQ(link.heartbeat.interval, absl::Seconds(1));
  EXPECT_EQ(link.verify.freshness, absl::Hours(168));
  EXPECT_EQ(link.verify.rate_bytes_per_second, 20'000'000u);
  EXPECT_EQ(link.verify.window, std::nullopt);
  EXPECT_EQ(link.repair.mode, RepairMode::kPlan);
  EXPECT_EQ(link.failover.max_loss, std::nullopt);
  EXPECT_EQ(config->zookeeper_reads_per_second, 2000u);
}

TEST(Config, NoLagAndNoLossMayBeAskedFor) {
  const auto config = ParseConfig(
      "clusters: {a: {zookeeper: 'z:2181:/h'}}\n"
      "links: [{name: l, source: a, verify: {max_lag: 0s}, "
      "failover: {max_lag: 0s, max_loss: 0s}}]",
      "f");
  ASSERT_TRUE(config.ok()) << config.status();
  const LinkConfig& link = config->links.at(0);
  EXPECT_EQ(link.verify.max_lag, absl::ZeroDuration());
  EXPECT_EQ(link.failover.max_lag, absl::ZeroDuration());
  EXPECT_EQ(link.failover.max_loss, absl::ZeroDuration());
}

TEST(Config, EmptyFileIsAllDefaults) {
  for (const char* text : {"", "# nothing\n", "---\n"})
    EXPECT_TRUE(ParseConfig(text, "f").ok()) << text;
}

TEST(Config, UnknownKeyNamesTheNearestOrAll) {
  EXPECT_EQ(WhyNot("links:\n  - name: l\n    heartbeat:\n      intervall: 1s\n"),
            "tw.yml:4: links[0].heartbeat: unknown key `intervall`; did you mean `interval`?");
  EXPECT_EQ(WhyNot("link: []"), "tw.yml:1: unknown key `link`; did you mean `links`?");
  EXPECT_EQ(WhyNot("storage: {directory: /x}"),
            "tw.yml:1: storage: unknown key `directory`; there are path");
  EXPECT_THAT(WhyNot("zookeeper.reads_per_second: 5"), HasSubstr("there are clusters, links"));
}

struct BadCase {
  std::string text;
  std::string line;
  std::string says;
};

std::string LinkWith(const std::string& more) {
  return "clusters: {a: {zookeeper: 'z:2181:/h'}}\nlinks:\n- name: l\n  source: a\n  " + more;
}

TEST(Config, BadValuesAreNamedWithTheirLine) {
  const BadCase cases[] = {
      {LinkWith("heartbeat: {interval: soon}"), "5",
       "links[0].heartbeat.interval: \"soon\" is no duration"},
      {LinkWith("heartbeat: {interval: 0s}"), "5", "longer than nothing"},
      {LinkWith("failover: {max_loss: none}"), "5", "is no duration"},
      {LinkWith("heartbeat: {table: 'a:b:c'}"), "5", "is no table name"},
      {LinkWith("heartbeat:"), "5", "has no value"},
      {LinkWith("heartbeat: 5s"), "5", "must be a map"},
      {LinkWith("peer: ['1']"), "5", "must be a single value"},
      {LinkWith("peer: ''"), "5", "is empty"},
      {LinkWith("verify:\n    rate: 20MB"), "6", "is no rate"},
      {LinkWith("verify:\n    window: 22-06"), "6", "HH:MM-HH:MM"},
      {LinkWith("verify:\n    window: 24:00-06:00"), "6", "HH:MM-HH:MM"},
      {LinkWith("verify:\n    tables:\n      include: all"), "7", "must be a list"},
      {LinkWith("verify:\n    tables:\n      include:\n      - fine\n      - (un"), "9",
       "no regular expression"},
      {LinkWith("repair: {mode: automatic}"), "5", "none of plan, approve, auto"},
      {LinkWith("repair: {limits: {rows: -1}}"), "5", "whole number"},
      {LinkWith("repair: {limits: {bytes: 5 apples}}"), "5", "is no size"},
      {LinkWith("repair: {limits: {window: 22-06}}"), "5", "no window of a day"},
      {LinkWith("failover: {min_coverage: 1.1}"), "5", "from 0 to 1"},
      {LinkWith("failover: {min_coverage: nan}"), "5", "from 0 to 1"},
      {LinkWith("peer: 1\n  peer: 2"), "6", "`peer` is there twice"},
      {LinkWith("? [1, 2]\n  : 3"), "5", "plain word"},
      {"clusters:\n  a: {}", "2", "needs one of"},
      {"clusters:\n  a: {zookeeper: 'z:2181:/h', hbase_conf_dir: /c}", "2", "no more than one of"},
      {"clusters:\n  a: {zookeeper: z}", "2", "is no cluster key"},
      {"clusters:\n  a: {ambari: {url: 'http://h', user: u, password_file: p}}", "2", "`cluster`"},
      {"clusters:\n  a: {ambari: {url: h}}", "2", "is no URL"},
      {"clusters:\n  a: {zookeeper: 'z:2181:/h', kerberos: {principal: p}}", "2", "`keytab_file`"},
      {"clusters:\n  '': {zookeeper: 'z:2181:/h'}", "2", "needs a name"},
      {"clusters: [a]", "1", "must be a map"},
      {"- a", "1", "must be a map"},
      {"web: {listen_address: 9919}", "1", "HOST:PORT"},
      {"web: {listen_address: 'h:99999'}", "1", "HOST:PORT"},
      {"metrics: {table_limit: 0}", "1", "1 or more"},
  };
  for (const BadCase& c : cases) {
    EXPECT_THAT(WhyNot(c.text), AllOf(StartsWith("tw.yml:" + c.line + ": "), HasSubstr(c.says)))
        << c.text;
  }
}

TEST(Config, LinksMustLeadSomewhere) {
  EXPECT_THAT(WhyNot("links:\n- source: a\n  name: l\nclusters: {b: {zookeeper: 'z:2181:/h'}}"),
              AllOf(StartsWith("tw.yml:2: links[0].source: "), HasSubstr("no cluster \"a\""),
                    HasSubstr("only: b")));
  EXPECT_THAT(WhyNot(LinkWith("target: elsewhere")), StartsWith("tw.yml:5: links[0].target: "));
  EXPECT_THAT(WhyNot(LinkWith("peer: '1'\n- {name: l, source: a}")),
              AllOf(StartsWith("tw.yml:6: links[1]: "), HasSubstr("two links \"l\"")));
  EXPECT_THAT(WhyNot("links:\n- source: a"), HasSubstr("needs a key `name`"));
  EXPECT_THAT(WhyNot("links:\n- name: l"), HasSubstr("needs a key `source`"));
}

TEST(Config, BrokenYamlIsNamedWithItsLine) {
  EXPECT_THAT(WhyNot("links:\n  - name: [\n"), StartsWith("tw.yml:"));
  EXPECT_THAT(WhyNot("a: 1\n\tb: 2\n"), StartsWith("tw.yml:2: "));
  EXPECT_THAT(WhyNot("a: *nobody"), StartsWith("tw.yml:1: "));
}

TEST(Config, HostileFilesAreBounded) {
  EXPECT_THAT(WhyNot(std::string(100'000, '[')), StartsWith("tw.yml:1: "));
  EXPECT_THAT(WhyNot(std::string(100'000, '{')), StartsWith("tw.yml:1: "));
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += std::string(static_cast<size_t>(i), ' ') + "-\n";
  EXPECT_THAT(WhyNot(deep), StartsWith("tw.yml:"));
  EXPECT_THAT(WhyNot("&a [*a]"), StartsWith("tw.yml:1: "));
  EXPECT_THAT(
      WhyNot(LinkWith("verify: {tables: {include: ['" + std::string(100'000, '(') + "']}}")),
      HasSubstr("regular expression"));
}

TEST(Config, FilesThatItNamesMustBeThere) {
  const std::string dir = ::testing::TempDir() + "config_test";
  std::filesystem::create_directories(dir);
  const std::string path = dir + "/tw.yml";
  const auto load = [&path](const std::string& text) {
    std::ofstream(path) << text;
    const auto config = LoadConfig(path);
    return config.ok() ? "ok" : std::string(Text(config.status()));
  };
  EXPECT_EQ(load("clusters:\n  a:\n    hbase_conf_dir: " + dir), "ok");
  EXPECT_THAT(load("clusters:\n  a:\n    hbase_conf_dir: " + dir + "/none"),
              AllOf(StartsWith(path + ":3: "), HasSubstr("no folder")));
  EXPECT_THAT(load("clusters:\n  a:\n    ambari:\n      {url: 'http://h', cluster: c, user: u, "
                   "password_file: " +
                   dir + "/none}"),
              AllOf(StartsWith(path + ":4: "), HasSubstr("no file")));
  EXPECT_THAT(load("clusters:\n  a:\n    zookeeper: 'z:2181:/h'\n    kerberos: {principal: p, "
                   "keytab_file: " +
                   dir + "}"),
              AllOf(StartsWith(path + ":4: "), HasSubstr("is a folder")));
  std::ofstream(dir + "/secret") << "x";
  ASSERT_EQ(setenv("TWINWATCH_TEST_PLACE", dir.c_str(), 1), 0);
  const std::string kerberos =
      "clusters:\n  a:\n    zookeeper: 'z:2181:/h'\n    kerberos: {principal: p, keytab_file: ";
  EXPECT_EQ(load(kerberos + "$TWINWATCH_TEST_PLACE/secret}"), "ok");
  EXPECT_THAT(load(kerberos + "$TWINWATCH_TEST_PLACE/none}"),
              AllOf(StartsWith(path + ":4: "), HasSubstr("no file " + dir + "/none")));
  EXPECT_THAT(load(std::string(300'000, '#')), HasSubstr("larger than"));
  std::filesystem::remove_all(dir);
  EXPECT_THAT(std::string(Text(LoadConfig(path).status())),
              AllOf(StartsWith(path), HasSubstr("No such file")));
}

TEST(Config, SecretFilesMayLieWhereTheEnvironmentSays) {
  const auto keytab = [](const std::string& file) {
    const auto config = ParseConfig(
        "clusters:\n  a:\n    zookeeper: 'z:2181:/h'\n    kerberos: {principal: p, keytab_file: '" +
            file + "'}\n",
        "tw.yml");
    return config.ok() ? config->clusters.at("a").kerberos->keytab_file
                       : std::string(Text(config.status()));
  };
  ASSERT_EQ(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/tw", 1), 0);
  EXPECT_EQ(keytab("$CREDENTIALS_DIRECTORY/east.keytab"), "/run/credentials/tw/east.keytab");
  EXPECT_EQ(keytab("${CREDENTIALS_DIRECTORY}/a/b"), "/run/credentials/tw/a/b");
  EXPECT_EQ(keytab("${CREDENTIALS_DIRECTORY}"), "/run/credentials/tw");
  // At the beginning only, and whole names only.
  EXPECT_EQ(keytab("/etc/$CREDENTIALS_DIRECTORY"), "/etc/$CREDENTIALS_DIRECTORY");
  ASSERT_EQ(unsetenv("CREDENTIALS_DIRECTORY"), 0);
  EXPECT_THAT(keytab("$CREDENTIALS_DIRECTORY/east.keytab"),
              AllOf(StartsWith("tw.yml:4: clusters.a.kerberos.keytab_file: "),
                    HasSubstr("no CREDENTIALS_DIRECTORY"), HasSubstr("LoadCredential=")));
  for (const char* odd : {"$", "$/x", "${HOME/x", "${}/x", "$HOME.x", "$1/x"})
    EXPECT_THAT(keytab(odd), HasSubstr("begins with no variable")) << odd;
}

TEST(Config, ThePasswordFileOfAmbariToo) {
  ASSERT_EQ(setenv("TWINWATCH_TEST_PLACE", "/run/place", 1), 0);
  const auto config = ParseConfig(
      "clusters:\n  a:\n    ambari: {url: 'http://h', cluster: c, user: u, password_file: "
      "$TWINWATCH_TEST_PLACE/ambari}\n",
      "tw.yml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->clusters.at("a").ambari->password_file, "/run/place/ambari");
}

}  // namespace
}  // namespace twinwatch::app
