// Hadoop's XML configuration (core-site.xml, hdfs-site.xml, hbase-site.xml), and where it says that
// the cluster is.
//
// Hadoop's rules: a later file wins unless an earlier one said <final>true</final>; `${name}`
// stands for another property's value; xi:include takes in a file of the same folder. Names and
// values lose the white space around them. Errors are kInvalidArgument and name the file, the line
// where there is one, and what to do.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/core/cluster_key.h"
#include "agent/core/status.h"

namespace twinwatch::app {

using HadoopProperties = std::map<std::string, std::string>;

// `files` of the folder `dir`, in that order. One that is not there is passed over, but
// hbase-site.xml must be.
StatusOr<HadoopProperties> ReadHadoopConf(const std::string& dir, std::vector<std::string> files);

// The same with the folder's content from `read`, which answers kNotFound for files it has not;
// `dir` is only for messages.
using ReadHadoopFile = std::function<StatusOr<std::string>(const std::string& name)>;
StatusOr<HadoopProperties> ParseHadoopConf(const ReadHadoopFile& read, const std::string& dir,
                                           const std::vector<std::string>& files);

// Each ${name} replaced by that property's value.
HadoopProperties Substituted(const HadoopProperties& raw);

// From hbase.zookeeper.quorum, hbase.zookeeper.property.clientPort and zookeeper.znode.parent, with
// HBase's own defaults.
StatusOr<ClusterKey> ClusterKeyFromSite(const HadoopProperties& site);

}  // namespace twinwatch::app
