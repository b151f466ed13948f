// From Hadoop's configuration to where a cluster's files are, and whom to ask of them.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "agent/app/hadoop_site.h"
#include "probes/dfs/open_wal_files.h"

namespace twinwatch::app {

struct WalHome {
  dfs::WalHome place;
  absl::Duration sleep_for_retries = absl::Seconds(1);  // replication.source.sleepforretries
  bool has_wal_groups = false;  // hbase.wal.provider: a server writes to several WALs at once
};

// hbase.wal.dir, else hbase.rootdir, on fs.defaultFS where it names no file system itself. The
// NameNodes are those of dfs.nameservices and dfs.namenode.http-address; `webhdfs` is a URL that
// takes their place. kNotFound or kUnimplemented say why nobody can be asked.
StatusOr<WalHome> WalHomeFromSite(const HadoopProperties& site,
                                  const std::optional<std::string>& webhdfs);

// The same for hbase.rootdir, below which HFiles are; WALs may be elsewhere.
StatusOr<WalHome> RootHomeFromSite(const HadoopProperties& site,
                                   const std::optional<std::string>& webhdfs);

}  // namespace twinwatch::app
