// What is needed of a file system to know how long the WALs in it are, and where HFiles are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/async.h"
#include "probes/api/folders.h"

namespace twinwatch::dfs {

struct FileStart {
  uint64_t bytes = 0;  // what a reader can see now
  std::string prefix;  // the first kHeaderPrefix of them
};

// Paths are absolute, without scheme and host. Messages name the server, not the path.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // For messages: "on this machine", "at WebHDFS of host:port".
  virtual std::string where() const = 0;
  // kNotFound when it is known that there is no such file.
  virtual Task<StatusOr<FileStart>> Open(std::string path, Deadline deadline) = 0;
  virtual Task<StatusOr<bool>> HasFolder(std::string path, Deadline deadline) = 0;
  // kNotFound when it is known that there is no such folder; kResourceExhausted when there is too
  // much in it.
  virtual Task<StatusOr<std::vector<FolderEntry>>> List(std::string path, Deadline deadline) = 0;
  // What is left on the file system that `path` is on, all replicas of it.
  virtual Task<StatusOr<uint64_t>> FreeBytes(std::string path, Deadline deadline) = 0;
};

}  // namespace twinwatch::dfs
