// What Ambari's REST API answers, from bytes to values. No I/O, and nothing of it is trusted; who
// reads it caps it. kDataLoss for what is no such answer.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/hadoop_site.h"
#include "agent/core/status.h"

namespace twinwatch::app {

// One of Hadoop's configuration files, of which Ambari keeps each version under a tag.
struct AmbariFile {
  HadoopProperties properties;
  std::set<std::string> final_names;  // no later file changes them
};

// clusters/NAME?fields=Clusters/desired_configs: the tag that is in force, by type (hbase-site).
StatusOr<std::map<std::string, std::string>> ParseAmbariTags(std::string_view json);

// clusters/NAME/configurations?type=TYPE&tag=TAG, which answers a list of one.
StatusOr<AmbariFile> ParseAmbariFile(std::string_view json, const std::string& type,
                                     const std::string& tag);

// clusters: their names, those that are fit to be shown.
StatusOr<std::vector<std::string>> ParseAmbariClusters(std::string_view json);

// The files, in that order, as one site by Hadoop's rules. kFailedPrecondition, with its name, for
// a property that says where the cluster is and that Ambari's agents fill in first.
StatusOr<HadoopProperties> SiteOfAmbariFiles(const std::vector<AmbariFile>& files);

}  // namespace twinwatch::app
