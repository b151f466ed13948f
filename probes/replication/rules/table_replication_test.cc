#include "probes/replication/rules/table_replication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TableDescriptor Table(const std::string& name, int scope,
                      std::vector<std::string> families = {"f"}) {
  TableDescriptor table;
  table.table = *TableName::Parse(name);
  for (const std::string& family : families) table.families.push_back({family, scope, {}});
  return table;
}

TEST(TableReplication, EachTableIsCountedOnce) {
  Peer peer;
  peer.excluded_tables[*TableName::Parse("excluded")] = {};
  const TableCounts counts = CountTables(peer,
                                         {Table("both", 1), Table("local", 0), Table("excluded", 1),
                                          Table("gone", 1), Table("wider", 1, {"f", "g"})},
                                         {Table("both", 0), Table("wider", 1), Table("theirs", 1)});
  EXPECT_EQ(counts.replicated, 1u);
  EXPECT_EQ(counts.unscoped, 1u);
  EXPECT_EQ(counts.excluded, 1u);
  EXPECT_EQ(counts.missing_on_target, 1u);
  EXPECT_EQ(counts.schema_mismatch, 1u);
  EXPECT_THAT(counts.blocking,
              ElementsAre("the target has no table gone, which the peer replicates",
                          "table wider of the target has no family g, which the peer replicates"));
}

TEST(TableReplication, AFamilyThatStaysAtHomeMayBeMissing) {
  TableDescriptor table = Table("t", 1, {"f", "g"});
  table.families[1].scope = 0;
  EXPECT_THAT(CountTables(Peer(), {table}, {Table("t", 1)}).blocking, IsEmpty());
}

}  // namespace
}  // namespace twinwatch
