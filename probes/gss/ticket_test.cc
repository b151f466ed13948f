// What needs no KDC. With one: tests/cases/kerberos_test.py.
#include "probes/gss/ticket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace twinwatch::gss {
namespace {

using ::testing::HasSubstr;

class TicketTest : public ::testing::Test {
 protected:
  TicketTest() {
    const std::string conf = folder_ + "krb5.conf";
    // Port 1 of this machine: nobody is there.
    std::ofstream(conf) << "[libdefaults]\n default_realm = NOWHERE\n dns_lookup_kdc = false\n"
                           " udp_preference_limit = 1\n"
                           "[realms]\n NOWHERE = {\n  kdc = 127.0.0.1:1\n }\n";
    setenv("KRB5_CONFIG", conf.c_str(), 1);
    setenv("KRB5CCNAME", ("FILE:" + folder_ + "no-such-cache").c_str(), 1);
    setenv("KRB5_CLIENT_KTNAME", ("FILE:" + folder_ + "no-such-keytab").c_str(), 1);
  }

  // A keytab with one key of 32 bytes (aes256-cts-hmac-sha1-96) for `name`@NOWHERE.
  std::string Keytab(const std::string& name) const {
    const auto counted = [](const std::string& text) {
      return std::string{'\0', static_cast<char>(text.size())} + text;
    };
    std::string entry{'\0', '\1'};
    entry += counted("NOWHERE") + counted(name);
    entry += std::string("\0\0\0\1\0\0\0\0\1\0\x12", 11) + counted(std::string(32, 'k'));
    const std::string path = folder_ + name + ".keytab";
    std::ofstream(path, std::ios::binary)
        << std::string("\5\2\0\0\0", 5) << static_cast<char>(entry.size()) << entry;
    return path;
  }

  std::string folder_ = ::testing::TempDir();
};

Status StatusOf(Identity identity) {
  Ticket ticket(std::move(identity));
  const Status status = ticket.Acquire().status();
  EXPECT_EQ(ticket.expires(), std::nullopt);
  EXPECT_FALSE(ticket.ShouldRenew(absl::Now()));
  return status;
}

TEST_F(TicketTest, NobodySaidKinit) {
  const Status status = StatusOf({});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr("say `kinit`"));
}

TEST_F(TicketTest, NoSuchKeytab) {
  const Status status = StatusOf({"twinwatch@NOWHERE", "/no/such/keytab"});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr("/no/such/keytab of twinwatch@NOWHERE"));
}

TEST_F(TicketTest, AKeytabOfSomebodyElse) {
  const Status status = StatusOf({"twinwatch@NOWHERE", Keytab("other")});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr("twinwatch@NOWHERE (keytab"));
  EXPECT_THAT(std::string(Text(status)), HasSubstr("klist -k"));
}

TEST_F(TicketTest, NoKdcAnswers) {
  const Status status = StatusOf({"twinwatch@NOWHERE", Keytab("twinwatch")});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr("is the KDC up"));
}

}  // namespace
}  // namespace twinwatch::gss
