#include "agent/app/storage.h"

#include <gtest/gtest.h>

namespace twinwatch::app {
namespace {

TEST(Storage, TheFlagThenTheConfigurationThenTheEnvironment) {
  const StorageEnvironment all{"/state", "/home/ann"};
  EXPECT_EQ(StorageFolder("here", "/conf", all), "here");
  EXPECT_EQ(StorageFolder("", "/conf", all), "/conf");
  EXPECT_EQ(StorageFolder("", std::nullopt, all), "/state/twinwatch");
  EXPECT_EQ(StorageFolder("", std::nullopt, {"", "/home/ann"}), "/home/ann/.local/state/twinwatch");
  EXPECT_EQ(StorageFolder("", std::nullopt, {"relative", "/home/ann"}),
            "/home/ann/.local/state/twinwatch");
  EXPECT_EQ(StorageFolder("", std::nullopt, {}), "/var/lib/twinwatch");
}

}  // namespace
}  // namespace twinwatch::app
