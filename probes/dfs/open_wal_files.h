// From where a cluster's files are to somebody who knows of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "probes/api/folders.h"
#include "probes/api/request_bucket.h"
#include "probes/api/wal_files.h"
#include "probes/http/url.h"

namespace twinwatch::dfs {

struct WalHome {
  std::string dir;  // hbase.wal.dir, or hbase.rootdir; without scheme and host
  std::vector<http::Url>
      name_nodes;         // for WebHDFS, one of them active; none: a folder of this machine
  uint64_t replicas = 1;  // of each block

  bool operator==(const WalHome&) const = default;
};

// `user` is who asks; `bucket` is shared by all that the cap is for.
std::unique_ptr<WalFiles> OpenWalFiles(const Executor& executor, const WalHome& home,
                                       const std::string& user,
                                       const std::shared_ptr<RequestBucket>& bucket);

// The same, for the folders below hbase.rootdir.
std::unique_ptr<Folders> OpenRootFolders(const Executor& executor, const WalHome& home,
                                         const std::string& user,
                                         const std::shared_ptr<RequestBucket>& bucket);

}  // namespace twinwatch::dfs
