// Files of this machine, for clusters on file://.
#pragma once

#include <string>
#include <vector>

#include "probes/dfs/file_system.h"

namespace twinwatch::dfs {

class LocalFiles : public FileSystem {
 public:
  std::string where() const override { return "on this machine"; }
  Task<StatusOr<FileStart>> Open(std::string path, Deadline deadline) override;
  Task<StatusOr<bool>> HasFolder(std::string path, Deadline deadline) override;
  Task<StatusOr<std::vector<FolderEntry>>> List(std::string path, Deadline deadline) override;
  Task<StatusOr<uint64_t>> FreeBytes(std::string path, Deadline deadline) override;
};

}  // namespace twinwatch::dfs
