#include "agent/app/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace twinwatch::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr char kHash[] = "$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

std::string WhyNot(const std::string& text) {
  const auto config = ParseWebConfig(text, "/etc/tw/web.yml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(Text(config.status()));
}

TEST(WebConfig, EveryKey) {
  const auto config = ParseWebConfig(fmt::format(R"(
tls_server_config:
  cert_file: agent.pem
  key_file: /keys/agent.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca/ca.pem
  min_version: TLS13
basic_auth_users:
  ann: {}
  "b o b": '{}'
)",
                                                 kHash, kHash),
                                     "/etc/tw/web.yml");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_TRUE(config->tls);
  EXPECT_EQ(config->tls->cert_file, "/etc/tw/agent.pem");
  EXPECT_EQ(config->tls->key_file, "/keys/agent.key");
  EXPECT_EQ(config->tls->client_ca_file, "/etc/tw/ca/ca.pem");
  EXPECT_EQ(config->tls->clients, tls::ClientCertificates::kRequireAndVerify);
  EXPECT_TRUE(config->tls->only_tls13);
  EXPECT_THAT(config->users, ElementsAre(Pair("ann", kHash), Pair("b o b", kHash)));
}

TEST(WebConfig, TheLeast) {
  const auto nothing = ParseWebConfig("", "web.yml");
  ASSERT_TRUE(nothing.ok());
  EXPECT_FALSE(nothing->tls);
  EXPECT_TRUE(nothing->users.empty());
  const auto tls = ParseWebConfig("tls_server_config: {cert_file: a, key_file: b}", "web.yml");
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_EQ(tls->tls->cert_file, "a");
  EXPECT_EQ(tls->tls->clients, tls::ClientCertificates::kNone);
  EXPECT_FALSE(tls->tls->only_tls13);
}

TEST(WebConfig, MistakesAreNamedWhereTheyAre) {
  const std::string tls = "tls_server_config:\n  cert_file: a\n  key_file: b\n  ";
  const std::string users = "basic_auth_users:\n  ";
  const std::pair<std::string, std::string> mistakes[] = {
      {"tls_server_confg: {}",
       "1: unknown key `tls_server_confg`; did you mean `tls_server_config`?"},
      {"tls_server_config:\n  cert_fil: a",
       "2: tls_server_config: unknown key `cert_fil`; did you mean `cert_file`?"},
      {"tls_server_config: {}", "1: TLS needs `cert_file` and `key_file`"},
      {"tls_server_config:\n  cert_file: a", "TLS needs `cert_file` and `key_file`"},
      {tls + "client_auth_type: Yes",
       "4: tls_server_config.client_auth_type: \"Yes\" is none of NoClientCert"},
      {tls + "client_auth_type: VerifyClientCertIfGiven", "`client_ca_file`"},
      {tls + "client_auth_type: RequireAndVerifyClientCert", "`client_ca_file`"},
      {tls + "client_ca_file: c", "has no effect"},
      {tls + "min_version: TLS11", "4: tls_server_config.min_version: \"TLS11\" is neither"},
      {tls + "cipher_suites: [TLS_X]",
       "4: tls_server_config.cipher_suites: Prometheus' exporters know this key"},
      {"http_server_config:\n  http2: false",
       "http_server_config: Prometheus' exporters know this key"},
      {users + "ann: secret", "2: basic_auth_users.ann: is no bcrypt hash"},
      {users + "ann:", "2: basic_auth_users.ann: has no value"},
      {users + "\"a:b\": " + kHash, "2: basic_auth_users: a user's name"},
      {users + "\"\": " + kHash, "a user needs a name"},
      {users + "ann: " + kHash + "\n  ann: " + kHash,
       "3: basic_auth_users: key `ann` is there twice"},
      {"basic_auth_users: [ann]", "must be a map"},
      {"a: b: c", "no valid YAML"},
  };
  for (const auto& [text, why] : mistakes)
    EXPECT_THAT(WhyNot(text), AllOf(StartsWith("/etc/tw/web.yml:"), HasSubstr(why)));
}

TEST(WebConfig, WhatIsNoHashIsNotRepeated) {
  EXPECT_EQ(WhyNot("basic_auth_users: {ann: hunter2}").find("hunter2"), std::string::npos);
}

TEST(WebConfig, FilesAreReadWhereTheyAreNamed) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / "web_config_test";
  std::filesystem::create_directories(folder);
  const std::string path = folder / "web.yml";
  std::ofstream(path) << "tls_server_config:\n  key_file: key.pem\n  cert_file: cert.pem\n";
  std::filesystem::remove(folder / "key.pem");
  std::ofstream(folder / "cert.pem") << "nothing of the kind\n";
  EXPECT_THAT(std::string(Text(LoadWebConfig(path).status())),
              AllOf(StartsWith(path + ":2: tls_server_config.key_file: "), HasSubstr("key.pem"),
                    HasSubstr("No such file")));
  std::ofstream(folder / "key.pem") << "nothing of the kind\n";
  EXPECT_THAT(std::string(Text(LoadWebConfig(path).status())),
              AllOf(StartsWith(path + ":1: "), HasSubstr("cert.pem cannot be used")));
  EXPECT_THAT(std::string(Text(LoadWebConfig(folder / "none.yml").status())),
              AllOf(HasSubstr("none.yml: "), HasSubstr("No such file")));
}

}  // namespace
}  // namespace twinwatch::app
