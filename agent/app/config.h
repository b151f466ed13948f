// The configuration file of the agent, as values. config.cc says which keys there are, in tables.
//
// A key that is not known, a value that cannot be, a key that is missing, a name that leads
// nowhere: all are kInvalidArgument, "FILE:LINE: what is wrong and what would be right". Nothing is
// thrown.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/hadoop_site.h"
#include "agent/core/status.h"

namespace twinwatch::app {

struct AmbariConfig {
  std::string url;
  std::string cluster;
  std::string user;
  std::string password_file;
};

struct KerberosConfig {
  std::string principal;
  std::string keytab_file;
};

// Exactly one of zookeeper, hbase_conf_dir and ambari is there.
struct ClusterConfig {
  std::optional<std::string> zookeeper;  // a cluster key, checked
  std::optional<std::string> hbase_conf_dir;
  std::optional<AmbariConfig> ambari;
  std::optional<HadoopProperties> site;  // as Ambari has it; none: it was not asked (ambari.h)
  std::optional<KerberosConfig> kerberos;
  std::optional<std::string> root_dir;  // none: from hbase-site.xml
  std::optional<std::string> webhdfs;   // none: from hdfs-site.xml
};

struct HeartbeatConfig {
  absl::Duration interval = absl::Seconds(1);
  std::string table = "twinwatch:heartbeat";
};

struct VerifyConfig {
  absl::Duration freshness = absl::Hours(7 * 24);
  absl::Duration incremental = absl::Minutes(15);
  uint64_t rate_bytes_per_second = 20'000'000;  // a region server
  std::optional<std::string> window;            // "HH:MM-HH:MM", checked; none: always
  absl::Duration max_lag = absl::Seconds(60);
  std::vector<std::string> tables_include;  // regular expressions, checked; none: all in scope
  std::vector<std::string> tables_exclude;
};

enum class RepairMode { kPlan, kApprove, kAuto };

// Bounds of one run.
struct RepairLimits {
  uint64_t rows = 1000;
  uint64_t bytes = 100'000'000;
  std::optional<std::string> window;  // "HH:MM-HH:MM", checked; none: always
};

struct RepairConfig {
  RepairMode mode = RepairMode::kPlan;
  RepairLimits limits;
  std::string hbase_command = "hbase";
};

struct FailoverConfig {
  absl::Duration max_lag = absl::Seconds(60);
  std::optional<absl::Duration> max_loss;
  double min_coverage = 1.0;
};

struct LinkConfig {
  std::string name;
  std::string source;                 // a key of Config::clusters, as `target` is
  std::optional<std::string> target;  // none: from the peer
  std::optional<std::string> peer;    // none: the only one
  HeartbeatConfig heartbeat;
  VerifyConfig verify;
  RepairConfig repair;
  FailoverConfig failover;
};

struct Config {
  std::string file;  // as it can be named from anywhere; empty: it was read from none
  std::map<std::string, ClusterConfig> clusters;
  std::vector<LinkConfig> links;
  uint64_t zookeeper_reads_per_second = 2000;  // over all links, as is the next
  uint64_t webhdfs_requests_per_second = 50;
  uint64_t metrics_table_limit = 500;
  std::optional<std::string> storage_path;
  std::optional<std::string> web_listen_address;
};

// Files and folders that it names must be there, too.
StatusOr<Config> LoadConfig(const std::string& path);

// `path` is for messages; no file is looked at.
StatusOr<Config> ParseConfig(std::string_view text, const std::string& path);

}  // namespace twinwatch::app
