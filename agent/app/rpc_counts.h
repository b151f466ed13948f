// Counts the calls to all clusters of the agent, by cluster and method.
#pragma once

#include <string>

#include "exporters/snapshot.h"
#include "probes/api/rpc_watcher.h"

namespace twinwatch::app {

class RpcCounts : public RpcWatcher {
 public:
  void OnCall(std::string_view hbase, std::string_view method) override {
    ++counts_[std::string(hbase)][std::string(method)].sent;
  }
  void OnFailure(std::string_view hbase, std::string_view method) override {
    ++counts_[std::string(hbase)][std::string(method)].failed;
  }

  const RpcTotals& totals() const { return counts_; }

 private:
  RpcTotals counts_;
};

}  // namespace twinwatch::app
