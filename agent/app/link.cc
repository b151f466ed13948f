#include "agent/app/link.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/app/ambari.h"
#include "agent/app/cluster_spec.h"
#include "agent/app/kerberos_site.h"
#include "probes/hbase/hbase_cluster.h"

namespace twinwatch::app {
namespace {

std::string IdsOf(const std::vector<Peer>& peers) {
  std::vector<std::string> ids;
  for (const Peer& peer : peers) ids.push_back(peer.id);
  return ids.empty() ? "none" : fmt::format("{}", fmt::join(ids, ", "));
}

bool LeadsTo(const Peer& peer, const ClusterKey& target) {
  const StatusOr<ClusterKey> key = ClusterKey::Parse(peer.cluster_key);
  return key.ok() && *key == target;
}

// Null, and `why` says so, when nobody can be asked.
std::unique_ptr<WalFiles> OpenWals(const Executor& executor, const StatusOr<WalHome>& home,
                                   const std::string& user,
                                   const std::shared_ptr<RequestBucket>& bucket, std::string* why) {
  if (home.ok()) return dfs::OpenWalFiles(executor, home->place, user, bucket);
  *why = Text(home.status());
  return nullptr;
}

// The key that a peer leads to, when the user names no target.
StatusOr<ClusterKey> TargetOf(const std::optional<Peer>& peer, const std::vector<Peer>& peers,
                              const std::string& source_name) {
  if (!peer) {
    if (peers.empty()) {
      return Error(absl::StatusCode::kNotFound,
                   "{} has no replication peer: give the other cluster with --target", source_name);
    }
    return Error(absl::StatusCode::kNotFound, "{} has several peers ({}): choose one with --peer",
                 source_name, IdsOf(peers));
  }
  if (peer->cluster_key.empty()) {
    return Error(absl::StatusCode::kNotFound,
                 "peer {} of {} names no cluster (its endpoint is {}): give it with --target",
                 peer->id, source_name, peer->endpoint);
  }
  return ClusterKey::Parse(peer->cluster_key);
}

}  // namespace

std::string UserName() {
  if (const char* name = std::getenv("HADOOP_USER_NAME"); name != nullptr && *name != '\0')
    return name;
  const passwd* entry = getpwuid(geteuid());
  return entry == nullptr ? "twinwatch" : entry->pw_name;
}

Status SetSource(ClusterConfig cluster, LinkSpec* spec) {
  RETURN_IF_ERROR(FindByAmbari(&cluster));
  ASSIGN_OR_RETURN(spec->source, ResolveClusterConfig(cluster));
  spec->source_wals = WalHomeOfConfig(cluster);
  spec->source_root = RootHomeOfConfig(cluster);
  ASSIGN_OR_RETURN(spec->source_kerberos, KerberosOfConfig(cluster));
  return absl::OkStatus();
}

Status SetTarget(ClusterConfig cluster, LinkSpec* spec) {
  RETURN_IF_ERROR(FindByAmbari(&cluster));
  ASSIGN_OR_RETURN(spec->target, ResolveClusterConfig(cluster));
  spec->target_wals = WalHomeOfConfig(cluster);
  ASSIGN_OR_RETURN(spec->target_kerberos, KerberosOfConfig(cluster));
  return absl::OkStatus();
}

Caps CapsOf(const Config& config) {
  return {std::make_shared<RequestBucket>(config.zookeeper_reads_per_second),
          std::make_shared<RequestBucket>(config.webhdfs_requests_per_second)};
}

StatusOr<LinkSpec> LinkSpecFromConfig(const Config& config, const LinkConfig& link,
                                      const Caps& caps) {
  LinkSpec spec;
  spec.name = link.name;
  RETURN_IF_ERROR(SetSource(config.clusters.at(link.source), &spec));
  if (link.target) RETURN_IF_ERROR(SetTarget(config.clusters.at(*link.target), &spec));
  spec.znode_reads = caps.znode_reads;
  spec.file_requests = caps.file_requests;
  spec.peer = link.peer;
  ASSIGN_OR_RETURN(spec.heartbeat_table, TableName::Parse(link.heartbeat.table));
  spec.heartbeat_interval = link.heartbeat.interval;
  spec.hbase_command = link.repair.hbase_command;
  return spec;
}

StatusOr<std::optional<Peer>> ChoosePeer(const std::vector<Peer>& peers,
                                         const std::string& source_name,
                                         const std::optional<std::string>& wanted,
                                         const std::optional<ClusterKey>& target) {
  if (wanted) {
    for (const Peer& peer : peers) {
      if (peer.id == *wanted) return peer;
    }
    return Error(absl::StatusCode::kNotFound, "{} has no peer {} (it has: {})", source_name,
                 *wanted, IdsOf(peers));
  }
  if (target) {
    for (const Peer& peer : peers) {
      if (LeadsTo(peer, *target)) return peer;
    }
    return std::nullopt;
  }
  if (peers.size() == 1) return peers.front();
  return std::nullopt;
}

HFileAuditParts HFileAuditPartsOf(const Link& link) {
  HFileAuditParts parts;
  parts.source = link.source.get();
  parts.folders = link.source_folders.get();
  parts.why_no_folders = link.why_no_source_folders;
  parts.peer = *link.peer;
  return parts;
}

Task<StatusOr<std::unique_ptr<Cluster>>> ConnectTarget(Executor executor, const Link& link) {
  CO_ASSIGN_OR_RETURN(const ClusterKey target, ClusterKey::Parse(link.target_name));
  const rpc::Login login = link.target_login;
  const std::shared_ptr<RpcWatcher> rpcs = link.rpcs;
  co_return co_await hbase::Connect(executor, target, login, nullptr, rpcs);
}

Task<StatusOr<bool>> PeerLeadsTo(Executor executor, const Link* link, Peer peer, ClusterKey key,
                                 std::string cluster_id) {
  if (peer.cluster_key.empty()) co_return false;  // an endpoint of its own: no HBase
  const StatusOr<ClusterKey> leads_to = ClusterKey::Parse(peer.cluster_key);
  if (!leads_to.ok()) co_return false;
  if (*leads_to == key) co_return true;
  const rpc::Login login = link->target_login;
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Cluster> cluster,
                      co_await hbase::Connect(executor, *leads_to, login, nullptr, link->rpcs));
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await cluster->Describe());
  co_return info.cluster_id == cluster_id;
}

namespace {

// A peer that leads elsewhere would prove nothing of the target, and a repair could go towards a
// source.
Task<Status> CheckLeadsToTarget(Executor executor, const Link* link, ClusterKey target) {
  CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await link->target->Describe());
  const Peer& peer = *link->peer;
  const StatusOr<bool> leads = co_await PeerLeadsTo(executor, link, peer, target, info.cluster_id);
  if (!leads.ok()) {
    co_return Error(absl::StatusCode::kUnavailable,
                    "whether peer {} of {} leads to {} cannot be told ({}): name the target as "
                    "the peer does, {}",
                    peer.id, link->source->name(), link->target->name(), Text(leads.status()),
                    peer.cluster_key);
  }
  if (*leads) co_return absl::OkStatus();
  co_return Error(absl::StatusCode::kInvalidArgument,
                  "peer {} of {} leads to {}, and not to {}: choose another peer, or the other "
                  "target",
                  peer.id, link->source->name(),
                  peer.cluster_key.empty() ? peer.endpoint : peer.cluster_key,
                  link->target->name());
}

}  // namespace

Task<StatusOr<std::unique_ptr<Link>>> OpenLink(Executor executor, LinkSpec spec, Sides sides) {
  const bool names_both = spec.peer && spec.target;
  auto link = std::make_unique<Link>();
  const std::string user = UserName();
  link->source_login = {user, spec.source_kerberos};
  link->target_login = {user, spec.target ? spec.target_kerberos : spec.source_kerberos};
  link->rpcs = spec.rpcs;
  CO_ASSIGN_OR_RETURN(link->source,
                      co_await hbase::Connect(executor, spec.source, link->source_login,
                                              spec.znode_reads, spec.rpcs));
  const std::string source_name = link->source->name();
  CO_ASSIGN_OR_RETURN(const std::vector<Peer> peers, co_await link->source->Peers());
  CO_ASSIGN_OR_RETURN(link->peer, ChoosePeer(peers, source_name, spec.peer, spec.target));
  if (!spec.target) {
    CO_ASSIGN_OR_RETURN(spec.target, TargetOf(link->peer, peers, source_name));
  }
  link->target_name = spec.target->ToString();
  link->heartbeat_table = spec.heartbeat_table;
  if (sides == Sides::kSourceOnly && !link->peer) {
    co_return Error(absl::StatusCode::kNotFound,
                    "no peer of {} leads to {} (it has: {}): choose one with --peer", source_name,
                    link->target_name, IdsOf(peers));
  }
  std::shared_ptr<RequestBucket> bucket = spec.file_requests;
  if (!bucket) bucket = std::make_shared<RequestBucket>(Config().webhdfs_requests_per_second);
  link->source_wals = OpenWals(executor, spec.source_wals, user, bucket, &link->why_no_source_wals);
  if (spec.source_root.ok()) {
    link->source_folders = dfs::OpenRootFolders(executor, spec.source_root->place, user, bucket);
  } else {
    link->why_no_source_folders = Text(spec.source_root.status());
  }
  if (spec.source_wals.ok()) {
    link->sleep_for_retries = spec.source_wals->sleep_for_retries;
    link->has_wal_groups = spec.source_wals->has_wal_groups;
  }
  if (sides == Sides::kBoth) {
    link->target_wals =
        OpenWals(executor, spec.target_wals, user, bucket, &link->why_no_target_wals);
    link->target_has_wal_groups = spec.target_wals.ok() && spec.target_wals->has_wal_groups;
    CO_ASSIGN_OR_RETURN(
        link->target,
        co_await hbase::Connect(executor, *spec.target, link->target_login, nullptr, spec.rpcs));
    if (names_both)
      CO_RETURN_IF_ERROR(co_await CheckLeadsToTarget(executor, link.get(), *spec.target));
  }
  link->name = !spec.name.empty() ? spec.name : link->peer ? "peer-" + link->peer->id : "pair";
  co_return link;
}

}  // namespace twinwatch::app
