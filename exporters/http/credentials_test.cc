#include "exporters/http/credentials.h"

#include <gtest/gtest.h>

namespace twinwatch::http_server {
namespace {

TEST(Credentials, NameAndPassword) {
  const Credentials parsed = ParseCredentials("Basic YW5uOnB3OjE=");  // ann:pw:1
  const auto* basic = std::get_if<BasicCredentials>(&parsed);
  ASSERT_NE(basic, nullptr);
  EXPECT_EQ(basic->name, "ann");
  EXPECT_EQ(basic->password, "pw:1");
  EXPECT_TRUE(std::holds_alternative<BasicCredentials>(ParseCredentials("bAsIc   YW5uOg==")));
}

TEST(Credentials, Token) {
  const Credentials parsed = ParseCredentials("bearer abc");
  const auto* bearer = std::get_if<BearerToken>(&parsed);
  ASSERT_NE(bearer, nullptr);
  EXPECT_EQ(bearer->token, "abc");
}

TEST(Credentials, OtherTextsSayNothing) {
  for (const char* other : {"", "Basic", "Basic ", "Basic   ", "Basic YW5u", "Basic %%%%", "Bearer",
                            "Bearer ", "Negotiate YII=", "YW5uOg=="}) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(ParseCredentials(other))) << other;
  }
}

}  // namespace
}  // namespace twinwatch::http_server
