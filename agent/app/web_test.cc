#include "agent/app/web.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporters/metrics.h"

namespace twinwatch::app {
namespace {

using ::testing::HasSubstr;

class Web : public ::testing::Test {
 protected:
  Web() {
    snapshot_.version = "1.2.3";
    LinkSnapshot& link = snapshot_.links.emplace_back();
    link.status.link = "a-b/c";
    snapshot_.collectors.push_back({"queues:a-b/c", false, std::nullopt, "no connection"});
    served_.snapshot = &snapshot_;
    served_.history = &history_;
  }

  http_server::Response Get(const std::string& path, const std::string& accept = "") {
    http_server::Request request;
    request.method = "GET";
    request.path = path;
    if (!accept.empty()) request.headers.emplace_back("accept", accept);
    return Respond(request, served_);
  }

  Snapshot snapshot_;
  page::LagHistory history_;
  Served served_;
};

TEST_F(Web, PagesAndWhatTheyNeed) {
  EXPECT_EQ(Get("/").content_type, "text/html; charset=utf-8");
  EXPECT_THAT(Get("/").body, HasSubstr("a-b/c"));
  EXPECT_THAT(Get("/link/a-b/c").body, HasSubstr("no connection"));
  EXPECT_EQ(Get("/link/other").status, 404);
  EXPECT_EQ(Get("/style.css").status, 200);
  EXPECT_EQ(Get("/page.js").status, 200);
  EXPECT_EQ(Get("/favicon.ico").status, 404);
}

TEST_F(Web, TheFormatOfMetricsIsWhatIsAskedFor) {
  EXPECT_EQ(Get("/metrics").content_type, kMetricsContentType);
  EXPECT_EQ(Get("/metrics", "application/openmetrics-text").content_type, kOpenMetricsContentType);
}

TEST_F(Web, HealthAndReadiness) {
  EXPECT_EQ(Get("/-/healthy").status, 200);
  EXPECT_EQ(Get("/-/ready").status, 200);
  served_.not_healthy = "it hangs";
  served_.not_ready = "link a-b was not read yet";
  EXPECT_EQ(Get("/-/healthy").status, 503);
  EXPECT_THAT(Get("/-/ready").body, HasSubstr("a-b was not read"));
}

TEST_F(Web, TheApi) {
  snapshot_.links[0].status.link = "a-b";
  for (const char* path : {"/api/v1/status", "/api/v1/links", "/api/v1/links/a-b",
                           "/api/v1/links/a-b/queues", "/api/v1/collectors", "/api/v1/buildinfo"}) {
    const http_server::Response response = Get(path);
    EXPECT_EQ(response.status, 200) << path;
    ASSERT_TRUE(nlohmann::json::accept(response.body)) << path;
    EXPECT_EQ(nlohmann::json::parse(response.body)["schema_version"], 1) << path;
  }
  for (const char* path : {"/api/v1/", "/api/v1/links/", "/api/v1/links/x", "/api/v1/links/a-b/",
                           "/api/v1/links/a-b/x", "/api/v2/status"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
}

}  // namespace
}  // namespace twinwatch::app
