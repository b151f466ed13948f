// A real HBase cluster behind the Cluster interface, found by its ZooKeeper.
#pragma once

#include <memory>

#include "agent/core/cluster_key.h"
#include "probes/api/cluster.h"
#include "probes/api/request_bucket.h"
#include "probes/api/rpc_watcher.h"
#include "probes/rpc/login.h"

namespace twinwatch::hbase {

// Connects to ZooKeeper and sees whether a cluster that is supported is there. Errors: kUnavailable
// (nothing answers), kNotFound (no such znode; the message lists those that are), kUnimplemented (a
// HBase version that is not supported), and with Kerberos those of rpc::AcquireTicket. Queues
// are read no faster than `reads` allows; without it as fast as ZooKeeper answers. `watcher`, if
// any, hears of every RPC.
Task<StatusOr<std::unique_ptr<Cluster>>> Connect(Executor executor, ClusterKey key,
                                                 rpc::Login login,
                                                 std::shared_ptr<RequestBucket> reads = nullptr,
                                                 std::shared_ptr<RpcWatcher> watcher = nullptr);

// kUnimplemented, with what to do, unless `version` is 2.4, 2.5 or 2.6.
Status CheckSupported(std::string_view version);

}  // namespace twinwatch::hbase
