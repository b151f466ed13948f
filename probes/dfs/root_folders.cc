#include "probes/dfs/root_folders.h"

#include <utility>

namespace twinwatch::dfs {

RootFolders::RootFolders(std::unique_ptr<FileSystem> files, std::string dir,
                         std::chrono::milliseconds patience)
    : files_(std::move(files)), dir_(std::move(dir)), patience_(patience) {
  while (dir_.ends_with('/')) dir_.pop_back();
}

Task<StatusOr<std::vector<FolderEntry>>> RootFolders::List(std::string path) {
  const Deadline deadline = After(patience_);
  if (!seen_) {
    // Each HBase has its meta table there.
    CO_ASSIGN_OR_RETURN(seen_, co_await files_->HasFolder(dir_ + "/data/hbase", deadline));
  }
  if (!seen_) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "there is no folder {}/data/hbase {}; is hbase.rootdir right?", dir_,
                    files_->where());
  }
  co_return co_await files_->List(dir_ + "/" + path, deadline);
}

}  // namespace twinwatch::dfs
