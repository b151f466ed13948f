// What an Ambari answers over HTTPS is in tests/cases/ambari_test.py.
#include "agent/app/ambari.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "tests/support/scripted_http.h"

namespace twinwatch::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Config Configured() {
  Config config;
  config.clusters["key"].zookeeper = "zk:2181:/hbase";
  config.clusters["east"].ambari = AmbariConfig{"https://Ambari:443/", "prod", "reader", "/run/p"};
  config.clusters["west"].ambari = AmbariConfig{"https://ambari/gate", "prod", "other", "/run/q"};
  return config;
}

TEST(AmbariSpec, TheEntryWithItsUrlAndClusterIsFound) {
  const Config config = Configured();
  for (const char* spec : {"ambari:https://ambari/prod", "ambari:https://ambari:443/prod",
                           "ambari:https://AMBARI//prod"}) {
    const auto cluster = AmbariSpecFrom(spec, config);
    ASSERT_TRUE(cluster.ok()) << spec << cluster.status();
    EXPECT_EQ(cluster->ambari->user, "reader") << spec;
  }
  const auto behind_a_gate = AmbariSpecFrom("ambari:https://ambari/gate/prod", config);
  ASSERT_TRUE(behind_a_gate.ok()) << behind_a_gate.status();
  EXPECT_EQ(behind_a_gate->ambari->user, "other");
}

TEST(AmbariSpec, WithoutOneItSaysWhatToWrite) {
  for (const char* spec : {"ambari:https://ambari/test", "ambari:http://ambari/prod",
                           "ambari:https://ambari:8443/prod"}) {
    const Status status = AmbariSpecFrom(spec, Configured()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << spec;
    EXPECT_THAT(std::string(Text(status)), HasSubstr("user: USER, password_file: FILE")) << spec;
  }
}

TEST(AmbariSpec, WhatIsNone) {
  for (const char* spec :
       {"ambari:", "ambari:host/prod", "ambari:https://ambari", "ambari:https://ambari/",
        "ambari:https://ambari/prod?x", "ambari:https://me:hunter2@ambari/prod"}) {
    const Status status = AmbariSpecFrom(spec, Configured()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << spec;
    EXPECT_THAT(std::string(Text(status)), HasSubstr("ambari:https://HOST/CLUSTER")) << spec;
    EXPECT_THAT(std::string(Text(status)), Not(HasSubstr("hunter2"))) << spec;
  }
}

class AskAmbariTest : public ::testing::Test {
 protected:
  StatusOr<HadoopProperties> Ask(std::string url) {
    const std::string file = ::testing::TempDir() + "ambari-password";
    std::ofstream(file) << "pass\n";
    std::optional<StatusOr<HadoopProperties>> site;
    const AmbariConfig ambari{std::move(url), "prod", "me", file};
    Spawn(io_.get_executor(), Store(AskAmbari(io_.get_executor(), ambari), &site));
    io_.run_for(std::chrono::seconds(30));
    if (!site) return absl::InternalError("it did not end");
    return *site;
  }

  Task<void> Store(Task<StatusOr<HadoopProperties>> task,
                   std::optional<StatusOr<HadoopProperties>>* site) {
    site->emplace(co_await std::move(task));
    io_.stop();
  }

  boost::asio::io_context io_;
};

// On the same machine, as through a tunnel.
TEST_F(AskAmbariTest, IsAskedWithUserAndPassword) {
  testing::ScriptedHttp server(&io_, [](const std::string& head) {
    const std::string body =
        head.find("desired_configs") != std::string::npos
            ? R"({"Clusters":{"desired_configs":{"hbase-site":{"tag":"v1"}}}})"
            : R"({"items":[{"type":"hbase-site","tag":"v1","properties":{"a":"b"}}]})";
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
  });
  const auto site = Ask(fmt::format("http://127.0.0.1:{}", server.port()));
  ASSERT_TRUE(site.ok()) << site.status();
  EXPECT_EQ(*site, (HadoopProperties{{"a", "b"}}));
  ASSERT_EQ(server.heads().size(), 2u);
  for (const std::string& head : server.heads())
    EXPECT_THAT(
        head, HasSubstr("\r\nAuthorization: Basic bWU6cGFzcw==\r\nX-Requested-By: twinwatch\r\n"));
}

TEST_F(AskAmbariTest, AnAnswerThatIsCutShort) {
  testing::ScriptedHttp server(&io_, [](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{");
  });
  EXPECT_EQ(Ask(fmt::format("http://127.0.0.1:{}", server.port())).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(AskAmbariTest, AUrlWithAPasswordIsNotRepeated) {
  const Status status = Ask("https://me:hunter2@ambari").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Text(status)), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace twinwatch::app
