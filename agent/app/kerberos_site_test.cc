#include "agent/app/kerberos_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::Protection;

const KerberosConfig kOurs{"twinwatch@EXAMPLE", "/etc/keytab"};

HadoopProperties Site(HadoopProperties more = {}) {
  more.insert({"hbase.security.authentication", "Kerberos"});
  more.insert({"hbase.master.kerberos.principal", "master/_HOST@A"});
  more.insert({"hbase.regionserver.kerberos.principal", "rs/_HOST@A"});
  return more;
}

std::string Wrong(const HadoopProperties& site) {
  const auto kerberos = KerberosOf(site, std::nullopt);
  EXPECT_EQ(kerberos.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(Text(kerberos.status()));
}

TEST(KerberosSite, NobodyAsksForIt) {
  EXPECT_EQ(*KerberosOf(std::nullopt, std::nullopt), std::nullopt);
  EXPECT_EQ(*KerberosOf(HadoopProperties(), std::nullopt), std::nullopt);
  EXPECT_EQ(*KerberosOf(Site({{"hbase.security.authentication", "simple"}}), std::nullopt),
            std::nullopt);
}

TEST(KerberosSite, TheSiteSaysWhoServersAreAndKinitWhoWeAre) {
  const std::optional<rpc::Kerberos> kerberos = *KerberosOf(Site(), std::nullopt);
  ASSERT_TRUE(kerberos.has_value());
  EXPECT_EQ(kerberos->master_principal, "master/_HOST@A");
  EXPECT_EQ(kerberos->region_server_principal, "rs/_HOST@A");
  EXPECT_THAT(kerberos->protections, ElementsAre(Protection::kAuthentication));
  EXPECT_EQ(kerberos->ticket->Name(), "the ticket of `kinit`");
}

TEST(KerberosSite, TheConfigurationSaysWhoWeAre) {
  const std::optional<rpc::Kerberos> kerberos =
      *KerberosOf(Site({{"hbase.rpc.protection", "privacy,integrity"}}), kOurs);
  ASSERT_TRUE(kerberos.has_value());
  EXPECT_EQ(kerberos->master_principal, "master/_HOST@A");
  EXPECT_THAT(kerberos->protections, ElementsAre(Protection::kPrivacy, Protection::kIntegrity));
  EXPECT_EQ(kerberos->ticket->Name(), "twinwatch@EXAMPLE (keytab /etc/keytab)");
}

TEST(KerberosSite, WithoutASiteServersAreOfOurRealm) {
  const std::optional<rpc::Kerberos> kerberos = *KerberosOf(std::nullopt, kOurs);
  ASSERT_TRUE(kerberos.has_value());
  EXPECT_EQ(kerberos->master_principal, "hbase/_HOST@EXAMPLE");
  EXPECT_EQ(kerberos->region_server_principal, "hbase/_HOST@EXAMPLE");
  EXPECT_THAT(kerberos->protections, ElementsAre(Protection::kPrivacy, Protection::kIntegrity,
                                                 Protection::kAuthentication));
  const KerberosConfig no_realm{"twinwatch", "/etc/keytab"};
  EXPECT_EQ((*KerberosOf(std::nullopt, no_realm))->master_principal, "hbase/_HOST");
}

TEST(KerberosSite, WhatIsMissingOrWrongIsNamed) {
  EXPECT_THAT(Wrong({{"hbase.security.authentication", "kerberos"}}),
              HasSubstr("hbase.master.kerberos.principal"));
  EXPECT_THAT(Wrong(Site({{"hbase.rpc.protection", "auth-conf"}})),
              HasSubstr("hbase.rpc.protection: \"auth-conf\" is none of"));
}

}  // namespace
}  // namespace twinwatch::app
