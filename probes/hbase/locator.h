// Which server has the region of a row: asks hbase:meta, remembers, and forgets when told that it
// was wrong. hbase:meta itself is found in ZooKeeper.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/api/znodes.h"
#include "probes/rpc/channel.h"

namespace twinwatch::hbase {

// What every part of the client works with. Owned by HBaseCluster, which outlives them.
struct Connections {
  Executor executor;
  std::string name;  // the cluster's, for errors
  std::string base_znode;
  Znodes* znodes = nullptr;
  rpc::Channel* channel = nullptr;
};

class Locator {
 public:
  explicit Locator(const Connections* connections) : connections_(connections) {}

  // The region that holds `row`. kNotFound: no such table. kUnavailable: no server has it now.
  Task<StatusOr<RegionLocation>> Locate(TableName table, std::string row);

  // The answer turned out wrong, or its server failed.
  void Forget(const TableName& table, const RegionLocation& location);

 private:
  Task<StatusOr<RegionLocation>> LocateMeta();
  Task<StatusOr<RegionLocation>> AskMeta(TableName table, std::string row);

  const Connections* connections_;
  std::map<TableName, std::map<std::string, RegionLocation>> known_;  // by start key
};

}  // namespace twinwatch::hbase
