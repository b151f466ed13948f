#include "probes/dfs/opened_files.h"

#include <gtest/gtest.h>

namespace twinwatch::dfs {
namespace {

using namespace std::chrono_literals;

const Deadline kNow{1000s};
const OpenedFile kFile{{"dn", 9864, "/webhdfs/v1/a"}, {100, "PWAL"}};

TEST(OpenedFiles, HoldForAWhile) {
  OpenedFiles files;
  EXPECT_FALSE(files.Find("/a", kNow));
  files.Keep("/a", kFile, kNow);
  ASSERT_TRUE(files.Find("/a", kNow + OpenedFiles::kGoodFor - 1ms));
  EXPECT_EQ(files.Find("/a", kNow)->data_node, kFile.data_node);
  EXPECT_FALSE(files.Find("/a", kNow + OpenedFiles::kGoodFor));
  EXPECT_FALSE(files.Find("/b", kNow));
}

TEST(OpenedFiles, GrowingMakesThemNoYounger) {
  OpenedFiles files;
  files.Grown("/a", 150);
  EXPECT_FALSE(files.Find("/a", kNow));
  files.Keep("/a", kFile, kNow);
  files.Grown("/a", 150);
  EXPECT_EQ(files.Find("/a", kNow)->start.bytes, 150u);
  EXPECT_EQ(files.Find("/a", kNow)->start.prefix, "PWAL");
  EXPECT_FALSE(files.Find("/a", kNow + OpenedFiles::kGoodFor));
}

TEST(OpenedFiles, AreForgotten) {
  OpenedFiles files;
  files.Keep("/a", kFile, kNow);
  files.Forget("/a");
  EXPECT_FALSE(files.Find("/a", kNow));
}

TEST(OpenedFiles, AreBounded) {
  OpenedFiles files;
  for (size_t i = 0; i <= OpenedFiles::kMost; ++i) files.Keep(std::to_string(i), kFile, kNow);
  EXPECT_FALSE(files.Find("0", kNow));
  EXPECT_TRUE(files.Find(std::to_string(OpenedFiles::kMost), kNow));
}

}  // namespace
}  // namespace twinwatch::dfs
