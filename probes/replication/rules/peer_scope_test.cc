#include "probes/replication/rules/peer_scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TableDescriptor Table(const std::string& name, std::vector<std::pair<std::string, int>> families) {
  TableDescriptor table;
  table.table = *TableName::Parse(name);
  for (const auto& [family, scope] : families) table.families.push_back({family, scope, {}});
  return table;
}

TEST(PeerScope, AllTablesButScopeZero) {
  const FamilyScope scope = ScopeOf(Peer{}, Table("t", {{"a", 1}, {"b", 0}}));
  EXPECT_THAT(scope.replicated, ElementsAre("a"));
  EXPECT_THAT(scope.left_out, ElementsAre("b"));
}

TEST(PeerScope, ExcludedNamespacesTablesAndFamilies) {
  Peer peer;
  peer.excluded_namespaces = {"ns"};
  peer.excluded_tables[*TableName::Parse("whole")] = {};
  peer.excluded_tables[*TableName::Parse("part")] = {"b"};
  EXPECT_THAT(ScopeOf(peer, Table("ns:t", {{"a", 1}})).replicated, IsEmpty());
  EXPECT_THAT(ScopeOf(peer, Table("whole", {{"a", 1}})).replicated, IsEmpty());
  EXPECT_THAT(ScopeOf(peer, Table("part", {{"a", 1}, {"b", 1}})).replicated, ElementsAre("a"));
}

TEST(PeerScope, OnlyListedOnes) {
  Peer peer;
  peer.replicate_all = false;
  EXPECT_THAT(ScopeOf(peer, Table("t", {{"a", 1}})).replicated, IsEmpty());
  peer.namespaces = {"ns"};
  peer.tables[*TableName::Parse("part")] = {"b"};
  EXPECT_THAT(ScopeOf(peer, Table("ns:t", {{"a", 1}, {"b", 0}})).replicated, ElementsAre("a"));
  EXPECT_THAT(ScopeOf(peer, Table("part", {{"a", 1}, {"b", 1}})).replicated, ElementsAre("b"));
}

}  // namespace
}  // namespace twinwatch
