#include "exporters/watched_links.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

TEST(WatchedLinks, EachLinkOnce) {
  const StatusOr<std::vector<WatchedLink>> links = ParseWatchedLinks(R"({"collectors":[
      {"collector":"queues:a-b","error":null}, {"collector":"verify:a-b","error":null},
      {"collector":"verify:c:d","error":"no ZooKeeper answers"}]})");
  ASSERT_TRUE(links.ok()) << links.status();
  ASSERT_EQ(links->size(), 2u);
  EXPECT_EQ(links->at(0).name, "a-b");
  EXPECT_EQ(links->at(0).error, "");
  EXPECT_EQ(links->at(1).name, "c:d");
  EXPECT_EQ(links->at(1).error, "no ZooKeeper answers");
}

TEST(WatchedLinks, WhatIsNoListIsAnError) {
  for (const char* bad :
       {"", "[]", "{}", R"({"collectors":[]})", R"({"collectors":[{"collector":"verify:a"}]})",
        R"({"collectors":[{"collector":"queues:a","error":null}]})",
        R"({"collectors":[{"collector":7,"error":null}]})"}) {
    EXPECT_EQ(ParseWatchedLinks(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
}

}  // namespace
}  // namespace twinwatch
