#include "probes/replication/rules/peer_scope.h"

#include <algorithm>

namespace twinwatch {
namespace {

constexpr int kScopeGlobal = 1;

bool Contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// An entry without families means all of the table's.
bool Names(const Peer::TableFamilies& tables, const TableName& table, const std::string& family) {
  const auto it = tables.find(table);
  return it != tables.end() && (it->second.empty() || Contains(it->second, family));
}

bool PeerWants(const Peer& peer, const TableName& table, const std::string& family) {
  if (peer.replicate_all) {
    return !Contains(peer.excluded_namespaces, table.ns) &&
           !Names(peer.excluded_tables, table, family);
  }
  return Contains(peer.namespaces, table.ns) || Names(peer.tables, table, family);
}

}  // namespace

FamilyScope ScopeOf(const Peer& peer, const TableDescriptor& table) {
  FamilyScope scope;
  for (const FamilyDescriptor& family : table.families) {
    const bool replicated =
        family.scope == kScopeGlobal && PeerWants(peer, table.table, family.name);
    (replicated ? scope.replicated : scope.left_out).push_back(family.name);
  }
  return scope;
}

bool MayReplicate(const Peer& peer, const TableName& table) {
  if (!peer.replicate_all)
    return Contains(peer.namespaces, table.ns) || peer.tables.contains(table);
  const auto excluded = peer.excluded_tables.find(table);
  const bool wholly = excluded != peer.excluded_tables.end() && excluded->second.empty();
  return !Contains(peer.excluded_namespaces, table.ns) && !wholly;
}

}  // namespace twinwatch
