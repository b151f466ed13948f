#include "agent/app/admin.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

int Refused(const std::string& user, Headers headers) {
  http_server::Request request;
  request.method = "POST";
  request.user = user;
  request.headers = std::move(headers);
  request.headers.emplace_back("host", "agent.example:9919");
  const std::optional<http_server::Response> response = RefuseAdmin(request);
  return response ? response->status : 0;
}

TEST(RefuseAdmin, WhoHasProvenNothing) {
  EXPECT_EQ(Refused("", {}), 401);
  EXPECT_EQ(Refused("alice", {}), 0);
}

TEST(RefuseAdmin, PagesOfOtherSites) {
  for (const auto& [name, value] : Headers{{"origin", "http://evil.example"},
                                           {"origin", "https://evil.example:9919"},
                                           {"origin", "http://agent.example"},
                                           {"origin", "null"},
                                           {"origin", "file://agent.example:9919"},
                                           {"sec-fetch-site", "cross-site"},
                                           {"sec-fetch-site", "same-site"}}) {
    EXPECT_EQ(Refused("alice", {{name, value}}), 403) << value;
    EXPECT_EQ(Refused("", {{name, value}}), 403) << value;
  }
  // One that is right does not make good for the other.
  EXPECT_EQ(Refused("alice", {{"sec-fetch-site", "same-origin"}, {"origin", "http://evil"}}), 403);
}

TEST(RefuseAdmin, NotItsOwnPagesAndNoCommands) {
  for (const auto& [name, value] : Headers{{"origin", "http://agent.example:9919"},
                                           {"origin", "https://Agent.example:9919"},
                                           {"sec-fetch-site", "same-origin"},
                                           {"sec-fetch-site", "none"}}) {
    EXPECT_EQ(Refused("alice", {{name, value}}), 0) << value;
  }
}

TEST(AsAdmin, WhatIsRefusedIsNotDone) {
  http_server::Request request;
  request.method = "POST";
  int done = 0;
  const auto act = [&done](std::string*) {
    ++done;
    return http_server::Response{200, "application/json", "{}"};
  };
  EXPECT_EQ(AsAdmin(request, nullptr, absl::UnixEpoch(), act).status, 401);
  request.user = "alice";
  AuditLog nowhere("/no/such/folder/audit.log");
  EXPECT_EQ(AsAdmin(request, &nowhere, absl::UnixEpoch(), act).status, 503);
  EXPECT_EQ(done, 0);
  EXPECT_EQ(AsAdmin(request, nullptr, absl::UnixEpoch(), act).status, 200);
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace twinwatch::app
