// What the master knows (the cluster's version and servers, tables, peers, its own replication
// figures) and does: tables made and dropped.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/hbase/locator.h"
#include "probes/hbase/master.h"

namespace hbase::pb {
class GetClusterStatusResponse;
}

namespace twinwatch::hbase {

class Admin {
 public:
  explicit Admin(const Connections* connections)
      : connections_(connections), master_(connections) {}

  Task<StatusOr<ClusterInfo>> Describe();
  Task<StatusOr<TableDescriptor>> Table(TableName table);
  Task<StatusOr<std::vector<TableDescriptor>>> Tables();
  Task<StatusOr<bool>> IsEnabled(TableName table);
  // Returns when the master is done with it.
  Task<Status> CreateTable(TableDescriptor table, std::vector<std::string> splits);
  Task<Status> DropTable(TableName table);
  // Returns when it is complete. kAlreadyExists, kDeadlineExceeded.
  Task<Status> TakeSnapshot(TableName table, std::string name, Deadline deadline);
  Task<StatusOr<std::map<std::string, uint64_t>>> RegionSizes(TableName table);
  Task<StatusOr<std::vector<Peer>>> Peers();
  Task<StatusOr<std::vector<MasterProcedure>>> ReplicationProcedures();
  Task<StatusOr<std::vector<ReportedLoad>>> ReportedReplication();
  Task<StatusOr<std::vector<ServerReport>>> ServerReports();

 private:
  // Asks for a procedure that changes a table, and waits for its end.
  Task<Status> Change(std::string method, TableName table, Deadline deadline);
  Task<Status> EnsureNamespace(std::string name, Deadline deadline);
  // The cluster's status, with nothing in it but the live servers and what they last reported.
  Task<Status> AskForLiveServers(::hbase::pb::GetClusterStatusResponse* response);

  const Connections* connections_;
  Master master_;
};

}  // namespace twinwatch::hbase
