// From what a user writes of a cluster to where its ZooKeeper and its WALs are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/app/config.h"
#include "agent/app/hadoop_site.h"
#include "agent/app/wal_home.h"
#include "agent/core/cluster_key.h"
#include "agent/core/status.h"

namespace twinwatch::app {

// `zk1,zk2:2181:/hbase` or `conf:DIR` (a folder with hbase-site.xml). kInvalidArgument says what is
// wrong with it.
StatusOr<ClusterKey> ResolveClusterSpec(std::string_view spec);

StatusOr<ClusterKey> ResolveClusterConfig(const ClusterConfig& config);

// The properties of its configuration folder; none when it is a cluster key.
StatusOr<std::optional<HadoopProperties>> SitesOfSpec(std::string_view spec);
StatusOr<std::optional<HadoopProperties>> SitesOfConfig(const ClusterConfig& config);

// Of the same texts. An error says why nobody can be asked how long WALs are, which is no error of
// the user's: a cluster key names no file system.
StatusOr<WalHome> WalHomeOfSpec(std::string_view spec);
StatusOr<WalHome> WalHomeOfConfig(const ClusterConfig& config);

// The same, for HBase's root folder.
StatusOr<WalHome> RootHomeOfSpec(std::string_view spec);
StatusOr<WalHome> RootHomeOfConfig(const ClusterConfig& config);

}  // namespace twinwatch::app
