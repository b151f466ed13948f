#include "probes/replication/heartbeat_table.h"

#include <algorithm>

#include "probes/replication/heartbeat.h"
#include "probes/replication/rules/peer_scope.h"

namespace twinwatch {
namespace {

constexpr size_t kFewestRegions = 32;
constexpr size_t kMostRegions = 256;
constexpr size_t kRegionsPerServer = 4;

// The command for the HBase shell that lets the table through.
std::string Mend(const Peer& peer, const TableName& table) {
  if (!peer.replicate_all) {
    return fmt::format("append_peer_tableCFs '{}', {{ '{}' => ['{}'] }}", peer.id, table.ToString(),
                       kHeartbeatFamily);
  }
  const std::vector<std::string>& namespaces = peer.excluded_namespaces;
  if (std::find(namespaces.begin(), namespaces.end(), table.ns) != namespaces.end()) {
    return fmt::format("remove_peer_exclude_namespaces '{}', ['{}']", peer.id, table.ns);
  }
  return fmt::format("remove_peer_exclude_tableCFs '{}', {{ '{}' => [] }}", peer.id,
                     table.ToString());
}

}  // namespace

TableDescriptor HeartbeatDescriptor(TableName table) {
  TableDescriptor descriptor;
  descriptor.table = std::move(table);
  FamilyDescriptor family;
  family.name = kHeartbeatFamily;
  family.scope = 1;
  // Rows of writers and servers that are gone clean themselves up after a week.
  family.attributes = {{"VERSIONS", "1"}, {"TTL", "604800"}};
  descriptor.families.push_back(std::move(family));
  return descriptor;
}

std::vector<std::string> HeartbeatBorders(size_t servers) {
  const size_t regions =
      std::clamp(kRegionsPerServer * std::min(servers, kMostRegions), kFewestRegions, kMostRegions);
  std::vector<std::string> borders;
  for (size_t i = 1; i < regions; ++i) borders.push_back(fmt::format("{:02x}", i * 256 / regions));
  return borders;
}

Status CheckHeartbeatTable(const TableDescriptor& table, const std::string& cluster) {
  const auto family =
      std::find_if(table.families.begin(), table.families.end(),
                   [](const FamilyDescriptor& f) { return f.name == kHeartbeatFamily; });
  if (family != table.families.end() && family->scope == 1) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition,
               "table {} of {} {}: in the HBase shell of that cluster, alter '{}', "
               "{{ NAME => '{}', REPLICATION_SCOPE => 1 }}",
               table.table.ToString(), cluster,
               family == table.families.end() ? "has no family h" : "does not replicate family h",
               table.table.ToString(), kHeartbeatFamily);
}

Status CheckHeartbeatPeer(const Peer& peer, const TableName& table, const std::string& cluster) {
  if (!ScopeOf(peer, HeartbeatDescriptor(table)).replicated.empty()) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition,
      "peer {} of {} does not let table {} through: in the HBase shell of that cluster, {}",
      peer.id, cluster, table.ToString(), Mend(peer, table));
}

std::vector<ServerName> Uncovered(const std::vector<ServerName>& live,
                                  const std::vector<RegionLocation>& regions) {
  std::vector<ServerName> uncovered;
  for (const ServerName& server : live) {
    const bool covered =
        std::any_of(regions.begin(), regions.end(), [&](const RegionLocation& region) {
          return region.server == server && HeartbeatKey(region.range, {"0", server, "0"});
        });
    if (!covered) uncovered.push_back(server);
  }
  return uncovered;
}

}  // namespace twinwatch
