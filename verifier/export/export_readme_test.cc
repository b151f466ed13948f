#include "verifier/export/export_readme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch::export_form {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSkipWal[] = "    -Dimport.wal.durability=SKIP_WAL \\\n";
constexpr char kCodec[] = "KeyValueCodecWithTags";
constexpr char kMaxSize[] = "-Dhbase.client.keyvalue.maxsize=0";

std::string Text(const Totals& totals, bool onward = false, std::string folder = "/undo/orders") {
  return Readme({{"shop", "orders"}, "zk1:2181:/hbase", "Before plan 7 was applied.", onward},
                totals, folder, absl::FromUnixSeconds(0));
}

TEST(Readme, SaysWhatLiesThereAndTheCommand) {
  const std::string text = Text({.cells = 1, .records = 1});
  EXPECT_THAT(text, HasSubstr("Table shop:orders of the cluster zk1:2181:/hbase.\n"
                              "Before plan 7 was applied.\n\n"
                              "1 cell (0 delete markers, 0 with a TTL of their own) in 1 record, "
                              "written by Twinwatch at 1970-01-01T00:00:00Z\n"));
  EXPECT_THAT(text, HasSubstr("\n\n  hbase org.apache.hadoop.hbase.mapreduce.Import \\\n"
                              "    -Dmapreduce.framework.name=local \\\n"
                              "    'shop:orders' 'file:///undo/orders'\n\n"));
}

TEST(Readme, NamesOnlyTheOptionsThatAreNeeded) {
  const Totals plain{.cells = 2, .records = 1, .largest_cell_bytes = 10 << 20};
  EXPECT_THAT(Text(plain), Not(HasSubstr("SKIP_WAL")));
  EXPECT_THAT(Text(plain), Not(HasSubstr(kCodec)));
  EXPECT_THAT(Text(plain), Not(HasSubstr(kMaxSize)));
  EXPECT_THAT(Text(plain, true), HasSubstr(kSkipWal));
  EXPECT_THAT(Text({.cells = 2, .cells_with_ttl = 1}), HasSubstr(kCodec));
  EXPECT_THAT(Text({.cells = 2, .largest_cell_bytes = (10 << 20) + 1}), HasSubstr(kMaxSize));
}

TEST(Readme, QuotesThePathForAShell) {
  EXPECT_THAT(Text({}, false, "/un do/o'rders$x"), HasSubstr(R"('file:///un do/o'\''rders$x')"));
}

}  // namespace
}  // namespace twinwatch::export_form
