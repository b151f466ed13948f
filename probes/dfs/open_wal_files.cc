#include "probes/dfs/open_wal_files.h"

#include <utility>

#include "probes/dfs/local_files.h"
#include "probes/dfs/wal_folders.h"
#include "probes/dfs/web_hdfs.h"

namespace twinwatch::dfs {
namespace {

// For one WAL: two requests as a rule, eight at the most.
constexpr std::chrono::seconds kPatience{10};

}  // namespace

std::unique_ptr<WalFiles> OpenWalFiles(const Executor& executor, const WalHome& home,
                                       const std::string& user,
                                       const std::shared_ptr<RequestBucket>& bucket) {
  std::unique_ptr<FileSystem> files;
  if (home.name_nodes.empty()) {
    files = std::make_unique<LocalFiles>();
  } else {
    files = std::make_unique<WebHdfs>(executor, home.name_nodes, user, bucket);
  }
  return std::make_unique<WalFolders>(std::move(files), home.dir, kPatience, home.replicas);
}

}  // namespace twinwatch::dfs
