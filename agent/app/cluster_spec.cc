#include "agent/app/cluster_spec.h"

namespace twinwatch::app {
namespace {

constexpr std::string_view kConf = "conf:";

StatusOr<HadoopProperties> ReadFolder(const std::string& dir) {
  return ReadHadoopConf(dir, {"core-site.xml", "hdfs-site.xml", "hbase-site.xml"});
}

StatusOr<ClusterKey> FromFolder(const std::string& dir) {
  ASSIGN_OR_RETURN(const HadoopProperties site, ReadFolder(dir));
  return ClusterKeyFromSite(site);
}

StatusOr<HadoopProperties> SiteOfSpec(std::string_view spec) {
  if (!spec.starts_with(kConf)) {
    return Error(absl::StatusCode::kNotFound, "a cluster key names no file system: give conf:DIR");
  }
  return ReadFolder(std::string(spec.substr(kConf.size())));
}

StatusOr<HadoopProperties> SiteOfConfig(const ClusterConfig& config) {
  HadoopProperties site;
  if (config.site) site = *config.site;
  if (config.hbase_conf_dir) {
    ASSIGN_OR_RETURN(site, ReadFolder(*config.hbase_conf_dir));
  }
  if (config.root_dir) {
    site.erase("hbase.wal.dir");
    site["hbase.rootdir"] = *config.root_dir;
  }
  if (!site.contains("hbase.rootdir") && !config.hbase_conf_dir && !config.site) {
    return Error(absl::StatusCode::kNotFound,
                 "a cluster key names no file system: give `root_dir` and `webhdfs`, or "
                 "`hbase_conf_dir`");
  }
  return site;
}

}  // namespace

StatusOr<ClusterKey> ResolveClusterSpec(std::string_view spec) {
  if (spec.starts_with(kConf)) return FromFolder(std::string(spec.substr(kConf.size())));
  return ClusterKey::Parse(spec);
}

StatusOr<ClusterKey> ResolveClusterConfig(const ClusterConfig& config) {
  if (config.zookeeper) return ClusterKey::Parse(*config.zookeeper);
  if (config.hbase_conf_dir) return FromFolder(*config.hbase_conf_dir);
  if (!config.site) return Error(absl::StatusCode::kInternal, "Ambari was not asked");
  return ClusterKeyFromSite(*config.site);
}

StatusOr<std::optional<HadoopProperties>> SitesOfSpec(std::string_view spec) {
  if (!spec.starts_with(kConf)) return std::nullopt;
  return ReadFolder(std::string(spec.substr(kConf.size())));
}

StatusOr<std::optional<HadoopProperties>> SitesOfConfig(const ClusterConfig& config) {
  if (config.site) return config.site;
  if (!config.hbase_conf_dir) return std::nullopt;
  return ReadFolder(*config.hbase_conf_dir);
}

StatusOr<WalHome> WalHomeOfSpec(std::string_view spec) {
  ASSIGN_OR_RETURN(const HadoopProperties site, SiteOfSpec(spec));
  return WalHomeFromSite(site, std::nullopt);
}

StatusOr<WalHome> WalHomeOfConfig(const ClusterConfig& config) {
  ASSIGN_OR_RETURN(const HadoopProperties site, SiteOfConfig(config));
  return WalHomeFromSite(site, config.webhdfs);
}

StatusOr<WalHome> RootHomeOfSpec(std::string_view spec) {
  ASSIGN_OR_RETURN(const HadoopProperties site, SiteOfSpec(spec));
  return RootHomeFromSite(site, std::nullopt);
}

StatusOr<WalHome> RootHomeOfConfig(const ClusterConfig& config) {
  ASSIGN_OR_RETURN(const HadoopProperties site, SiteOfConfig(config));
  return RootHomeFromSite(site, config.webhdfs);
}

}  // namespace twinwatch::app
