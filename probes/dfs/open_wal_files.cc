#include "probes/dfs/open_wal_files.h"

#include <utility>

#include "probes/dfs/local_files.h"
#include "probes/dfs/root_folders.h"
#include "probes/dfs/wal_folders.h"
#include "probes/dfs/web_hdfs.h"

namespace twinwatch::dfs {
namespace {

// For one WAL: two requests as a rule, eight at the most.
constexpr std::chrono::seconds kPatience{10};

std::unique_ptr<FileSystem> OpenFileSystem(const Executor& executor, const WalHome& home,
                                           const std::string& user,
                                           const std::shared_ptr<RequestBucket>& bucket) {
  if (home.name_nodes.empty()) return std::make_unique<LocalFiles>();
  return std::make_unique<WebHdfs>(executor, home.name_nodes, user, bucket);
}

}  // namespace

std::unique_ptr<WalFiles> OpenWalFiles(const Executor& executor, const WalHome& home,
                                       const std::string& user,
                                       const std::shared_ptr<RequestBucket>& bucket) {
  return std::make_unique<WalFolders>(OpenFileSystem(executor, home, user, bucket), home.dir,
                                      kPatience, home.replicas);
}

std::unique_ptr<Folders> OpenRootFolders(const Executor& executor, const WalHome& home,
                                         const std::string& user,
                                         const std::shared_ptr<RequestBucket>& bucket) {
  return std::make_unique<RootFolders>(OpenFileSystem(executor, home, user, bucket), home.dir,
                                       kPatience);
}

}  // namespace twinwatch::dfs
