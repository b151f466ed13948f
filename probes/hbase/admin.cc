#include "probes/hbase/admin.h"

#include <chrono>
#include <random>
#include <utility>

#include "probes/hbase/convert.h"
#include "probes/hbase/queue_id.h"
#include "probes/wire/hbase.pb.h"

namespace twinwatch::hbase {
namespace {

// For all that making or dropping one table takes.
constexpr std::chrono::milliseconds kChangeTime{180'000};
constexpr std::chrono::milliseconds kPollEvery{200};

// The same nonce when a request is sent again after its answer was lost: the master does it once.
template <typename Request>
void SetNonce(Request* request) {
  std::random_device random;
  const auto number = [&random] { return (uint64_t{random()} << 32 | random()) | 1; };
  request->set_nonce_group(number());
  request->set_nonce(number());
}

using ::hbase::pb::GetClusterStatusRequest;

// Procedures of other kinds are none of ours. What cannot be understood of one that is has changed
// a peer: that proves least.
std::optional<MasterProcedure> ToMasterProcedure(const ::hbase::pb::Procedure& procedure) {
  constexpr std::string_view kOfPeers = "org.apache.hadoop.hbase.master.replication.";
  constexpr std::string_view kClaim = "org.apache.hadoop.hbase.master.replication.Claim";
  constexpr std::string_view kCrash = "ServerCrashProcedure";  // HBCKServerCrashProcedure too
  constexpr std::string_view kCrashState = "hbase.pb.ServerCrashStateData";
  constexpr uint32_t kRolledBack = 5;
  const std::string_view kind = procedure.class_name();
  const bool is_crash = kind.ends_with(kCrash);
  if (!is_crash && (!kind.starts_with(kOfPeers) || kind.starts_with(kClaim))) return std::nullopt;
  MasterProcedure of_replication;
  of_replication.id = procedure.proc_id();
  of_replication.has_ended = procedure.state() >= kRolledBack;
  of_replication.was_bypassed = procedure.bypass();
  if (!is_crash) return of_replication;
  for (const auto& packed : procedure.state_message()) {
    if (!std::string_view(packed.type_url()).ends_with(kCrashState)) continue;
    ::hbase::pb::ServerCrashStateData state;
    if (state.ParseFromString(packed.value()))
      of_replication.crashed = ToServerName(state.server_name());
  }
  return of_replication;
}

}  // namespace

Task<StatusOr<ClusterInfo>> Admin::Describe() {
  GetClusterStatusRequest request;
  request.add_options(GetClusterStatusRequest::HBASE_VERSION);
  request.add_options(GetClusterStatusRequest::CLUSTER_ID);
  // Names alone: the live servers' loads have an entry for every region of the cluster.
  request.add_options(GetClusterStatusRequest::SERVERS_NAME);
  request.add_options(GetClusterStatusRequest::DEAD_SERVERS);
  request.add_options(GetClusterStatusRequest::MASTER);
  ::hbase::pb::GetClusterStatusResponse response;
  CO_RETURN_IF_ERROR(co_await master_.Call("GetClusterStatus", request, &response));
  const ::hbase::pb::ClusterStatus& status = response.cluster_status();
  ClusterInfo info;
  info.hbase_version = status.hbase_version().version();
  info.cluster_id = status.cluster_id().cluster_id();
  for (const auto& live : status.servers_name()) info.live_servers.push_back(ToServerName(live));
  for (const auto& dead : status.dead_servers()) info.dead_servers.push_back(ToServerName(dead));
  info.master = ToServerName(status.master());
  co_return info;
}

Task<StatusOr<TableDescriptor>> Admin::Table(TableName table) {
  ::hbase::pb::GetTableDescriptorsRequest request;
  SetTableName(table, request.add_table_names());
  ::hbase::pb::GetTableDescriptorsResponse response;
  CO_RETURN_IF_ERROR(co_await master_.Call("GetTableDescriptors", request, &response));
  if (response.table_schema_size() == 0) {
    co_return Error(absl::StatusCode::kNotFound, "{} has no table {}", connections_->name,
                    table.ToString());
  }
  co_return ToTableDescriptor(response.table_schema(0));
}

Task<StatusOr<std::vector<TableDescriptor>>> Admin::Tables() {
  ::hbase::pb::GetTableDescriptorsRequest request;
  request.set_include_sys_tables(false);
  ::hbase::pb::GetTableDescriptorsResponse response;
  CO_RETURN_IF_ERROR(co_await master_.Call("GetTableDescriptors", request, &response));
  std::vector<TableDescriptor> tables;
  for (const auto& schema : response.table_schema()) tables.push_back(ToTableDescriptor(schema));
  co_return tables;
}

Task<StatusOr<bool>> Admin::IsEnabled(TableName table) {
  ::hbase::pb::GetTableStateRequest request;
  SetTableName(table, request.mutable_table_name());
  ::hbase::pb::GetTableStateResponse response;
  CO_RETURN_IF_ERROR(co_await master_.Call("GetTableState", request, &response));
  co_return response.table_state().state() == ::hbase::pb::TableState::ENABLED;
}

Task<Status> Admin::CreateTable(TableDescriptor table, std::vector<std::string> splits) {
  const Deadline deadline = After(kChangeTime);
  CO_RETURN_IF_ERROR(co_await EnsureNamespace(table.table.ns, deadline));
  ::hbase::pb::CreateTableRequest request;
  SetTableSchema(table, request.mutable_table_schema());
  for (const std::string& split : splits) request.add_split_keys(split);
  SetNonce(&request);
  co_return co_await master_.Run("CreateTable", request, deadline);
}

Task<Status> Admin::DropTable(TableName table) {
  const Deadline deadline = After(kChangeTime);
  CO_RETURN_IF_ERROR((co_await Table(table)).status());
  CO_ASSIGN_OR_RETURN(const bool enabled, co_await IsEnabled(table));
  if (enabled) CO_RETURN_IF_ERROR(co_await Change("DisableTable", table, deadline));
  co_return co_await Change("DeleteTable", table, deadline);
}

Task<Status> Admin::TakeSnapshot(TableName table, std::string name, Deadline deadline) {
  ::hbase::pb::SnapshotRequest request;
  ::hbase::pb::SnapshotDescription* snapshot = request.mutable_snapshot();
  snapshot->set_name(name);
  snapshot->set_table(table.ToString());
  snapshot->set_type(::hbase::pb::SnapshotDescription::FLUSH);
  SetNonce(&request);
  ::hbase::pb::SnapshotResponse begun;
  CO_RETURN_IF_ERROR(co_await master_.Call("Snapshot", request, &begun));
  const std::string what = master_.Name("Snapshot");
  // From 2.6 on it is a procedure; before, there is a question of its own.
  if (begun.has_proc_id()) {
    co_return co_await master_.Await(static_cast<uint64_t>(begun.proc_id()), what, deadline);
  }
  ::hbase::pb::IsSnapshotDoneRequest ask;
  *ask.mutable_snapshot() = *snapshot;
  while (true) {
    ::hbase::pb::IsSnapshotDoneResponse answer;
    CO_RETURN_IF_ERROR(co_await master_.Call("IsSnapshotDone", ask, &answer));
    if (answer.done()) co_return absl::OkStatus();
    if (std::chrono::steady_clock::now() >= deadline) {
      co_return Error(absl::StatusCode::kDeadlineExceeded, "{}: {} is not complete yet", what,
                      name);
    }
    co_await SleepFor(kPollEvery);
  }
}

Task<Status> Admin::Change(std::string method, TableName table, Deadline deadline) {
  ::hbase::pb::TableRequest request;
  SetTableName(table, request.mutable_table_name());
  SetNonce(&request);
  co_return co_await master_.Run(method, request, deadline);
}

Task<Status> Admin::EnsureNamespace(std::string name, Deadline deadline) {
  ::hbase::pb::GetNamespaceDescriptorRequest look;
  look.set_namespacename(name);
  ::hbase::pb::GetNamespaceDescriptorResponse found;
  const Status there = co_await master_.Call("GetNamespaceDescriptor", look, &found);
  if (!absl::IsNotFound(there)) co_return there;
  ::hbase::pb::CreateNamespaceRequest request;
  request.mutable_namespacedescriptor()->set_name(name);
  SetNonce(&request);
  const Status made = co_await master_.Run("CreateNamespace", request, deadline);
  co_return absl::IsAlreadyExists(made) ? absl::OkStatus() : made;
}

Task<Status> Admin::AskForLiveServers(::hbase::pb::GetClusterStatusResponse* response) {
  GetClusterStatusRequest request;
  request.add_options(GetClusterStatusRequest::LIVE_SERVERS);
  co_return co_await master_.Call("GetClusterStatus", request, response);
}

Task<StatusOr<std::map<std::string, uint64_t>>> Admin::RegionSizes(TableName table) {
  ::hbase::pb::GetClusterStatusResponse response;
  CO_RETURN_IF_ERROR(co_await AskForLiveServers(&response));
  // A region's name begins with its table's, and no name of a table holds a comma.
  const std::string prefix = table.ToString() + ",";
  std::map<std::string, uint64_t> sizes;
  for (const auto& live : response.cluster_status().live_servers()) {
    for (const auto& load : live.server_load().region_loads()) {
      const std::string& name = load.region_specifier().value();
      if (!name.starts_with(prefix)) continue;
      sizes[name] = (uint64_t{load.storefile_size_mb()} + load.mem_store_size_mb()) << 20;
    }
  }
  co_return sizes;
}

Task<StatusOr<std::vector<Peer>>> Admin::Peers() {
  const ::hbase::pb::ListReplicationPeersRequest request;
  ::hbase::pb::ListReplicationPeersResponse response;
  CO_RETURN_IF_ERROR(co_await master_.Call("ListReplicationPeers", request, &response));
  std::vector<Peer> peers;
  for (const auto& peer : response.peer_desc()) {
    peers.push_back(ToPeer(peer.id(), peer.config(), peer.state()));
  }
  co_return peers;
}

Task<StatusOr<std::vector<MasterProcedure>>> Admin::ReplicationProcedures() {
  const ::hbase::pb::GetProceduresRequest request;
  ::hbase::pb::GetProceduresResponse response;
  CO_RETURN_IF_ERROR(co_await master_.Call("GetProcedures", request, &response));
  std::vector<MasterProcedure> procedures;
  for (const auto& procedure : response.procedure()) {
    if (const auto ours = ToMasterProcedure(procedure)) procedures.push_back(*ours);
  }
  co_return procedures;
}

Task<StatusOr<std::vector<ReportedLoad>>> Admin::ReportedReplication() {
  ::hbase::pb::GetClusterStatusResponse response;
  CO_RETURN_IF_ERROR(co_await AskForLiveServers(&response));
  std::vector<ReportedLoad> loads;
  for (const auto& live : response.cluster_status().live_servers()) {
    for (const auto& source : live.server_load().replloadsource()) {
      ReportedLoad load;
      load.server = ToServerName(live.server());
      load.peer_id = source.peerid();
      load.queue_id = source.queueid();
      load.lag_ms = source.replicationlag();
      load.age_of_last_shipped_ms = source.ageoflastshippedop();
      load.log_queue = source.sizeoflogqueue();
      load.recovered = source.recovered();
      if (StatusOr<QueueId> id = ParseQueueId(load.queue_id); id.ok())
        load.dead_servers = std::move(id->dead_servers);
      loads.push_back(std::move(load));
    }
  }
  co_return loads;
}

Task<StatusOr<std::vector<ServerReport>>> Admin::ServerReports() {
  ::hbase::pb::GetClusterStatusResponse response;
  CO_RETURN_IF_ERROR(co_await AskForLiveServers(&response));
  std::vector<ServerReport> reports;
  for (const auto& live : response.cluster_status().live_servers()) {
    reports.push_back({ToServerName(live.server()),
                       static_cast<int64_t>(live.server_load().report_end_time()),
                       static_cast<int64_t>(live.server_load().report_start_time())});
  }
  co_return reports;
}

}  // namespace twinwatch::hbase
