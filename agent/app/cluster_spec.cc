#include "agent/app/cluster_spec.h"

#include <absl/strings/match.h>

#include "agent/app/hadoop_site.h"

namespace twinwatch::app {
namespace {

constexpr std::string_view kConf = "conf:";

StatusOr<HadoopProperties> ReadFolder(const std::string& dir) {
  return ReadHadoopConf(dir, {"core-site.xml", "hdfs-site.xml", "hbase-site.xml"});
}

// Said at once: without it servers close the connection, and nobody knows why.
Status NoKerberos(std::string_view where) {
  return Error(absl::StatusCode::kUnimplemented,
               "{}: Kerberos is not spoken in this version; only clusters with "
               "hbase.security.authentication simple can be watched",
               where);
}

// `where` is for messages.
StatusOr<ClusterKey> FromSite(const HadoopProperties& site, const std::string& where) {
  const auto authentication = site.find("hbase.security.authentication");
  if (authentication != site.end() && absl::EqualsIgnoreCase(authentication->second, "kerberos"))
    return NoKerberos(where + " wants Kerberos");
  return ClusterKeyFromSite(site);
}

StatusOr<ClusterKey> FromFolder(const std::string& dir) {
  ASSIGN_OR_RETURN(const HadoopProperties site, ReadFolder(dir));
  return FromSite(site, dir + "/hbase-site.xml");
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
  if (config.kerberos) return NoKerberos("kerberos of " + config.kerberos->principal);
  if (config.zookeeper) return ClusterKey::Parse(*config.zookeeper);
  if (config.hbase_conf_dir) return FromFolder(*config.hbase_conf_dir);
  if (!config.site) return Error(absl::StatusCode::kInternal, "Ambari was not asked");
  return FromSite(*config.site, fmt::format("hbase-site of {} in {}", config.ambari->cluster,
                                            config.ambari->url));
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
