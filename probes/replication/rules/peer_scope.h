// Which families of a table a peer replicates, by HBase's own rule.
#pragma once

#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/api/replication.h"

namespace twinwatch {

struct FamilyScope {
  std::vector<std::string> replicated;
  std::vector<std::string> left_out;  // REPLICATION_SCOPE 0, or not in the peer's lists
};

FamilyScope ScopeOf(const Peer& peer, const TableDescriptor& table);

// Whether the peer's lists let some family of the table through, whatever its families are: it may
// have been dropped.
bool MayReplicate(const Peer& peer, const TableName& table);

}  // namespace twinwatch
