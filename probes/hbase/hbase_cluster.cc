#include "probes/hbase/hbase_cluster.h"

#include <algorithm>
#include <utility>

#include "probes/api/helper_thread.h"
#include "probes/hbase/admin.h"
#include "probes/hbase/compaction.h"
#include "probes/hbase/convert.h"
#include "probes/hbase/guarded_writes.h"
#include "probes/hbase/locator.h"
#include "probes/hbase/meta.h"
#include "probes/hbase/retry.h"
#include "probes/hbase/row_access.h"
#include "probes/hbase/table_scanner.h"
#include "probes/hbase/znode_layout.h"
#include "probes/hbase/znode_queues.h"
#include "probes/rpc/channel.h"
#include "probes/rpc/kerberos.h"
#include "probes/zk/paced_znodes.h"
#include "probes/zk/zk_client.h"

namespace twinwatch::hbase {
namespace {

constexpr std::chrono::milliseconds kZooKeeperPatience{10'000};
constexpr std::chrono::milliseconds kTicketPatience{10'000};
// Log-ins that wait for the KDC: one for each region server may come at once.
constexpr size_t kMaxLogIns = 2000;

class HBaseCluster : public Cluster {
 public:
  HBaseCluster(const Executor& executor, const ClusterKey& key, const rpc::Login& login,
               std::shared_ptr<RequestBucket> reads, const std::shared_ptr<RpcWatcher>& watcher)
      : name_(key.ToString()),
        login_(login),
        helper_(std::make_shared<HelperThread>(executor, kMaxLogIns)),
        znodes_(executor, key.ConnectString(), kZooKeeperPatience),
        channel_(executor, login, wire::CellCodec::kKeyValue, helper_, {watcher, name_}),
        tagged_channel_(executor, login, wire::CellCodec::kKeyValueWithTags, helper_,
                        {watcher, name_}),
        connections_{executor, name_, key.base_znode, &znodes_, &channel_},
        tagged_connections_{executor, name_, key.base_znode, &znodes_, &tagged_channel_},
        locator_(&connections_),
        admin_(&connections_),
        rows_(&connections_, &locator_),
        guarded_(&connections_, &locator_),
        compactor_(&connections_, &locator_),
        paced_znodes_(&znodes_, std::move(reads)),
        queues_(&paced_znodes_, key.base_znode) {}

  const std::string& name() const override { return name_; }

  // Sees that we may log in, that there is a cluster, and that it is of a version that is
  // supported.
  Task<Status> Check() {
    if (login_.kerberos) {
      const Status ticket = co_await rpc::AcquireTicket(
          connections_.executor, login_.kerberos->ticket, helper_, After(kTicketPatience));
      CO_RETURN_IF_ERROR(Annotate(ticket, name_));
    }
    const StatusOr<Znode> id = co_await znodes_.Get(connections_.base_znode + "/hbaseid", false);
    if (absl::IsNotFound(id.status())) co_return co_await NoSuchZnode();
    CO_RETURN_IF_ERROR(id.status());
    const std::string servers_path = connections_.base_znode + "/rs";
    const StatusOr<ZnodeChildren> servers = co_await znodes_.Children(servers_path, false);
    bool closed = absl::IsPermissionDenied(servers.status());
    if (!closed) CO_RETURN_IF_ERROR(servers.status());
    for (const std::string& server : closed ? std::vector<std::string>() : servers->names) {
      const StatusOr<Znode> node = co_await znodes_.Get(servers_path + "/" + server, false);
      closed = closed || absl::IsPermissionDenied(node.status());
      if (!node.ok()) continue;  // closed to us, or gone since it was listed
      CO_ASSIGN_OR_RETURN(const std::string version, ParseRegionServerZnode(node->data));
      CO_RETURN_IF_ERROR(Annotate(CheckSupported(version), name_));
    }
    if (!closed) co_return absl::OkStatus();
    CO_ASSIGN_OR_RETURN(const ClusterInfo info, co_await Describe());
    co_return Annotate(CheckSupported(info.hbase_version), name_);
  }

  Task<StatusOr<ClusterInfo>> Describe() override { return admin_.Describe(); }
  Task<StatusOr<TableDescriptor>> Table(TableName table) override {
    return admin_.Table(std::move(table));
  }
  Task<StatusOr<std::vector<TableDescriptor>>> Tables() override { return admin_.Tables(); }

  Task<StatusOr<std::vector<RegionLocation>>> Regions(TableName table) override {
    CO_ASSIGN_OR_RETURN(const bool enabled, co_await admin_.IsEnabled(table));
    if (!enabled) {
      co_return Error(absl::StatusCode::kFailedPrecondition, "table {} of {} is disabled",
                      table.ToString(), name_);
    }
    Retry retry;
    while (true) {
      StatusOr<std::vector<RegionLocation>> regions = co_await RegionsOnce(table);
      if (regions.ok()) co_return regions;
      const StatusOr<std::chrono::milliseconds> pause =
          retry.Failed(regions.status(), std::chrono::steady_clock::now());
      if (!pause.ok()) co_return Annotate(pause.status(), table.ToString() + " of " + name_);
      co_await SleepFor(*pause);
    }
  }

  Task<StatusOr<std::map<std::string, uint64_t>>> RegionSizes(TableName table) override {
    return admin_.RegionSizes(std::move(table));
  }

  std::unique_ptr<RowScanner> Scan(ScanSpec spec) override {
    const Connections* connections = spec.cell_tags ? &tagged_connections_ : &connections_;
    return NewTableScanner(connections, &locator_, std::move(spec));
  }

  Task<StatusOr<std::vector<Cell>>> Get(TableName table, std::string row) override {
    return rows_.Get(std::move(table), std::move(row));
  }
  Task<Status> Write(TableName table, std::vector<Cell> cells) override {
    return rows_.Write(std::move(table), std::move(cells));
  }

  Task<std::vector<StatusOr<GuardedOutcome>>> WriteGuarded(TableName table,
                                                           std::vector<GuardedWrite> writes,
                                                           std::string origin) override {
    return guarded_.Write(std::move(table), std::move(writes), std::move(origin));
  }
  Task<Status> FlushAndCompact(TableName table, std::string row, Deadline deadline) override {
    return compactor_.FlushAndCompact(std::move(table), std::move(row), deadline);
  }
  Task<Status> TakeSnapshot(TableName table, std::string name, Deadline deadline) override {
    return admin_.TakeSnapshot(std::move(table), std::move(name), deadline);
  }

  Task<Status> WriteAt(TableName, RegionLocation where, Cell cell) override {
    return rows_.WriteAt(std::move(where), std::move(cell));
  }
  Task<Status> CreateTable(TableDescriptor table, std::vector<std::string> splits) override {
    CO_RETURN_IF_ERROR(co_await admin_.CreateTable(table, std::move(splits)));
    CO_ASSIGN_OR_RETURN(const std::vector<RegionLocation> regions, co_await Regions(table.table));
    for (const RegionLocation& region : regions) {
      std::string row = region.range.start.empty() ? NextKey("") : region.range.start;
      CO_RETURN_IF_ERROR((co_await rows_.Get(table.table, std::move(row))).status());
    }
    co_return absl::OkStatus();
  }
  Task<Status> DropTable(TableName table) override { return admin_.DropTable(std::move(table)); }

  // The master knows best; without it, or without its permission, ZooKeeper's copy must do.
  Task<StatusOr<std::vector<Peer>>> Peers() override {
    StatusOr<std::vector<Peer>> peers = co_await admin_.Peers();
    if (absl::IsUnavailable(peers.status()) || absl::IsPermissionDenied(peers.status())) {
      StatusOr<std::vector<Peer>> from_znodes = co_await queues_.Peers();
      if (from_znodes.ok()) co_return from_znodes;
    }
    co_return peers;
  }
  Task<StatusOr<std::vector<MasterProcedure>>> ReplicationProcedures() override {
    return admin_.ReplicationProcedures();
  }
  Task<StatusOr<std::vector<ReportedLoad>>> ReportedReplication() override {
    return admin_.ReportedReplication();
  }
  Task<StatusOr<std::vector<ServerReport>>> ServerReports() override {
    return admin_.ServerReports();
  }
  Task<StatusOr<QueueReading>> ReadQueues(std::string peer_id) override {
    return queues_.Read(std::move(peer_id));
  }
  Task<StatusOr<QueueReading>> FollowQueues(std::string peer_id) override {
    return queues_.Follow(std::move(peer_id));
  }
  Task<StatusOr<HFileRefs>> ReadHFileRefs(std::string peer_id, HFileRefTimes known,
                                          Deadline deadline) override {
    return queues_.ReadHFileRefs(std::move(peer_id), std::move(known), deadline);
  }
  Task<bool> WaitForQueueChange(std::chrono::milliseconds time) override {
    return znodes_.WaitForChange(time);
  }

 private:
  Task<StatusOr<std::vector<RegionLocation>>> RegionsOnce(TableName table) {
    ScanSpec spec;
    spec.table = MetaTable();
    spec.range = AllRegionsOf(table);
    spec.families = {"info"};
    const std::unique_ptr<RowScanner> scanner = Scan(spec);
    std::vector<MetaRegion> regions;
    std::vector<Cell> row;  // a row of meta may come in pieces
    for (bool last = false; !last;) {
      CO_ASSIGN_OR_RETURN(const CellBatch batch, co_await scanner->Next());
      for (const RowPiece& piece : batch.pieces) {
        if (piece.starts) row.clear();
        for (size_t i = piece.first_cell; i < piece.end_cell; ++i)
          row.push_back(ToCell(batch.cells[i]));
        if (!piece.ends) continue;
        std::vector<CellView> views;
        for (const Cell& cell : row) views.push_back(ToView(cell));
        CO_ASSIGN_OR_RETURN(std::optional<MetaRegion> region, ParseMetaRow(views));
        if (region && region->table == table) regions.push_back(*std::move(region));
      }
      last = batch.last;
    }
    co_return OrderRegions(std::move(regions));
  }

  Task<Status> NoSuchZnode() {
    CO_ASSIGN_OR_RETURN(ZnodeChildren roots, co_await znodes_.Children("/", false));
    std::sort(roots.names.begin(), roots.names.end());
    const std::string quorum = name_.substr(0, name_.rfind(":/"));
    co_return Error(
        absl::StatusCode::kNotFound,
        "{} has no HBase under znode {} (it has: /{}); is the cluster key's last part right?",
        quorum, connections_.base_znode, fmt::join(roots.names, ", /"));
  }

  std::string name_;
  rpc::Login login_;
  std::shared_ptr<HelperThread> helper_;  // the only strong one
  zk::ZkClient znodes_;
  rpc::Channel channel_;
  // A connection has one way in which cells come. Opened when tags are first asked for.
  rpc::Channel tagged_channel_;
  Connections connections_;
  Connections tagged_connections_;
  Locator locator_;
  Admin admin_;
  RowAccess rows_;
  GuardedWriter guarded_;
  Compactor compactor_;
  zk::PacedZnodes paced_znodes_;
  ZnodeQueues queues_;
};

}  // namespace

Status CheckSupported(std::string_view version) {
  for (const std::string_view supported : {"2.4.", "2.5.", "2.6."}) {
    if (version.starts_with(supported)) return absl::OkStatus();
  }
  return Error(absl::StatusCode::kUnimplemented,
               "HBase {} is not supported: Twinwatch works with 2.4, 2.5 and 2.6 only", version);
}

Task<StatusOr<std::unique_ptr<Cluster>>> Connect(Executor executor, ClusterKey key,
                                                 rpc::Login login,
                                                 std::shared_ptr<RequestBucket> reads,
                                                 std::shared_ptr<RpcWatcher> watcher) {
  auto cluster = std::make_unique<HBaseCluster>(executor, key, login, std::move(reads), watcher);
  CO_RETURN_IF_ERROR(co_await cluster->Check());
  co_return cluster;
}

}  // namespace twinwatch::hbase
