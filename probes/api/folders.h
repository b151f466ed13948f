// The folders below HBase's root folder, for whoever looks for a file in them.
#pragma once

#include <string>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/async.h"

namespace twinwatch {

struct FolderEntry {
  std::string name;
  bool is_folder = false;

  bool operator==(const FolderEntry&) const = default;
};

class Folders {
 public:
  virtual ~Folders() = default;

  // What is in a folder, in no order; `path` is relative to the root folder. Errors: kNotFound
  // (there is no such folder, though the root folder is there), others when it cannot be learnt.
  virtual Task<StatusOr<std::vector<FolderEntry>>> List(std::string path) = 0;
};

}  // namespace twinwatch
