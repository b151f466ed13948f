#include "probes/replication/rules/table_replication.h"

#include <fmt/format.h>

#include <algorithm>

#include "probes/replication/rules/peer_scope.h"

namespace twinwatch {
namespace {

// Whether the peer would take it if its families had a scope.
bool IsWanted(const Peer& peer, TableDescriptor table) {
  for (FamilyDescriptor& family : table.families) family.scope = 1;
  return !ScopeOf(peer, table).replicated.empty();
}

bool HasFamily(const TableDescriptor& table, const std::string& name) {
  return std::any_of(table.families.begin(), table.families.end(),
                     [&name](const FamilyDescriptor& family) { return family.name == name; });
}

void CountOne(const Peer& peer, const TableDescriptor& table,
              const std::vector<TableDescriptor>& target, TableCounts* counts) {
  const std::vector<std::string> families = ScopeOf(peer, table).replicated;
  if (families.empty()) {
    ++(IsWanted(peer, table) ? counts->unscoped : counts->excluded);
    return;
  }
  const auto twin = std::find_if(target.begin(), target.end(), [&table](const auto& other) {
    return other.table == table.table;
  });
  if (twin == target.end()) {
    ++counts->missing_on_target;
    counts->blocking.push_back(fmt::format("the target has no table {}, which the peer replicates",
                                           table.table.ToString()));
    return;
  }
  const auto lacking = std::find_if(families.begin(), families.end(),
                                    [&](const auto& family) { return !HasFamily(*twin, family); });
  if (lacking == families.end()) {
    ++counts->replicated;
    return;
  }
  ++counts->schema_mismatch;
  counts->blocking.push_back(
      fmt::format("table {} of the target has no family {}, which the peer replicates",
                  table.table.ToString(), *lacking));
}

}  // namespace

TableCounts CountTables(const Peer& peer, const std::vector<TableDescriptor>& source,
                        const std::vector<TableDescriptor>& target) {
  TableCounts counts;
  for (const TableDescriptor& table : source) CountOne(peer, table, target, &counts);
  return counts;
}

}  // namespace twinwatch
