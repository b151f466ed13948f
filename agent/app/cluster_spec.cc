#include "agent/app/cluster_spec.h"

#include "agent/app/hadoop_site.h"

namespace twinwatch::app {
namespace {

constexpr std::string_view kConf = "conf:";
constexpr std::string_view kAmbari = "ambari:";

StatusOr<ClusterKey> FromFolder(const std::string& dir) {
  ASSIGN_OR_RETURN(const HadoopProperties site,
                   ReadHadoopConf(dir, {"core-site.xml", "hdfs-site.xml", "hbase-site.xml"}));
  return ClusterKeyFromSite(site);
}

Status NoAmbari() {
  return Error(absl::StatusCode::kInvalidArgument,
               "clusters cannot be found by Ambari in this version: give a cluster key "
               "zk1,zk2:2181:/hbase or conf:DIR");
}

}  // namespace

StatusOr<ClusterKey> ResolveClusterSpec(std::string_view spec) {
  if (spec.starts_with(kConf)) return FromFolder(std::string(spec.substr(kConf.size())));
  if (spec.starts_with(kAmbari)) return NoAmbari();
  return ClusterKey::Parse(spec);
}

StatusOr<ClusterKey> ResolveClusterConfig(const ClusterConfig& config) {
  if (config.zookeeper) return ClusterKey::Parse(*config.zookeeper);
  if (config.hbase_conf_dir) return FromFolder(*config.hbase_conf_dir);
  return NoAmbari();
}

}  // namespace twinwatch::app
