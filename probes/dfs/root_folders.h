// Folders over a file system: those below hbase.rootdir.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "probes/api/folders.h"
#include "probes/dfs/file_system.h"

namespace twinwatch::dfs {

class RootFolders : public Folders {
 public:
  // `dir` is hbase.rootdir, without scheme and host; `patience` is for one list.
  RootFolders(std::unique_ptr<FileSystem> files, std::string dir,
              std::chrono::milliseconds patience);

  // kFailedPrecondition, with the name of the folder, when `dir` is no root folder of HBase: under
  // a wrong one every file would be gone.
  Task<StatusOr<std::vector<FolderEntry>>> List(std::string path) override;

 private:
  std::unique_ptr<FileSystem> files_;
  std::string dir_;
  std::chrono::milliseconds patience_;
  bool seen_ = false;  // there is a folder of tables below dir_
};

}  // namespace twinwatch::dfs
