// A source, a target and the peer between them, connected.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/config.h"
#include "agent/app/link_history.h"
#include "agent/app/wal_home.h"
#include "agent/core/cluster_key.h"
#include "probes/api/cluster.h"
#include "probes/api/folders.h"
#include "probes/api/request_bucket.h"
#include "probes/api/rpc_watcher.h"
#include "probes/api/wal_files.h"
#include "probes/replication/hfile_audit.h"
#include "probes/replication/rules/watermark.h"
#include "probes/rpc/login.h"

namespace twinwatch::app {

// What to connect to. A target that is not named is read from the peer, a peer that is not named is
// the only one, or the one that leads to the target.
struct LinkSpec {
  std::string name;  // empty: made from the peer
  ClusterKey source;
  std::optional<ClusterKey> target;
  std::optional<std::string> peer;
  // How they want us to log in; none: SIMPLE. A target that is read from the peer is taken to want
  // what the source wants, as HBase's own replication does.
  std::optional<rpc::Kerberos> source_kerberos;
  std::optional<rpc::Kerberos> target_kerberos;
  // Where their WALs are, or why that is not known.
  StatusOr<WalHome> source_wals = absl::NotFoundError("its file system is not known");
  StatusOr<WalHome> target_wals =
      absl::NotFoundError("it was read from the peer, which names no file system");
  // The source's root folder, likewise.
  StatusOr<WalHome> source_root = absl::NotFoundError("its file system is not known");
  TableName heartbeat_table{"twinwatch", "heartbeat"};
  absl::Duration heartbeat_interval = absl::Seconds(1);
  size_t rounds_kept = Watermark::kRounds;
  std::shared_ptr<RequestBucket> znode_reads;    // null: no cap. Shared by all links
  std::shared_ptr<RequestBucket> file_requests;  // by WebHDFS; null: 50 a second. Shared likewise
  std::shared_ptr<RpcWatcher> rpcs;              // null: nobody counts. Shared likewise
  std::string hbase_command = "hbase";           // that runs CopyTable
};

// One end of `spec`. Where Ambari knows of the cluster it is asked, and waited for: not to be
// called by what others wait for.
Status SetSource(ClusterConfig cluster, LinkSpec* spec);
Status SetTarget(ClusterConfig cluster, LinkSpec* spec);

// What holds over all links of a process together.
struct Caps {
  std::shared_ptr<RequestBucket> znode_reads;
  std::shared_ptr<RequestBucket> file_requests;
};
Caps CapsOf(const Config& config);

// Both ends likewise, under `caps`.
StatusOr<LinkSpec> LinkSpecFromConfig(const Config& config, const LinkConfig& link,
                                      const Caps& caps);

enum class Sides { kSourceOnly, kBoth };

struct Link {
  std::string name;
  std::unique_ptr<Cluster> source;
  std::unique_ptr<Cluster> target;  // null with kSourceOnly
  std::string target_name;          // as the peer or the user has it; may be empty with kSourceOnly
  rpc::Login source_login;
  rpc::Login target_login;
  std::shared_ptr<RpcWatcher> rpcs;       // as in LinkSpec
  std::optional<Peer> peer;               // none: nothing replicates from source to target
  std::unique_ptr<WalFiles> source_wals;  // null when nobody can be asked
  std::string why_no_source_wals;
  std::unique_ptr<Folders> source_folders;  // the same
  std::string why_no_source_folders;
  std::unique_ptr<WalFiles> target_wals;  // null with kSourceOnly too
  std::string why_no_target_wals;
  absl::Duration sleep_for_retries = absl::Seconds(1);  // of the source
  bool has_wal_groups = false;  // the source; as far as its configuration is known
  bool target_has_wal_groups = false;
  TableName heartbeat_table;
  LinkHistory history;  // as the ledger has it; empty until somebody recalls it
};

// Of a link with a peer, whose parts must outlive the audit.
HFileAuditParts HFileAuditPartsOf(const Link& link);

// Whether `peer` leads to the cluster with this key and id. The same cluster may be spelled in
// several ways, so its id decides where the keys differ. An error: that cannot be told.
Task<StatusOr<bool>> PeerLeadsTo(Executor executor, const Link* link, Peer peer, ClusterKey key,
                                 std::string cluster_id);

// Errors name the cluster and what to do. With kSourceOnly a peer must be there.
Task<StatusOr<std::unique_ptr<Link>>> OpenLink(Executor executor, LinkSpec spec, Sides sides);

// Another connection to its target. The same errors.
Task<StatusOr<std::unique_ptr<Cluster>>> ConnectTarget(Executor executor, const Link& link);

// Hadoop's SIMPLE authentication is a name: HADOOP_USER_NAME, or who runs this.
std::string UserName();

// Which of `peers` is meant. None when several or none could be, and `wanted` names none.
StatusOr<std::optional<Peer>> ChoosePeer(const std::vector<Peer>& peers,
                                         const std::string& source_name,
                                         const std::optional<std::string>& wanted,
                                         const std::optional<ClusterKey>& target);

}  // namespace twinwatch::app
