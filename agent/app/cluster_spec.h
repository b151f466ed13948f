// From what a user writes of a cluster to where its ZooKeeper is.
#pragma once

#include <string>
#include <string_view>

#include "agent/app/config.h"
#include "agent/core/cluster_key.h"
#include "agent/core/status.h"

namespace twinwatch::app {

// `zk1,zk2:2181:/hbase` or `conf:DIR` (a folder with hbase-site.xml). kInvalidArgument says what is
// wrong with it.
StatusOr<ClusterKey> ResolveClusterSpec(std::string_view spec);

StatusOr<ClusterKey> ResolveClusterConfig(const ClusterConfig& config);

}  // namespace twinwatch::app
