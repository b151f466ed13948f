// The folders of a root that a test fills with files.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "probes/api/folders.h"

namespace twinwatch::testing {

class FakeFolders : public Folders {
 public:
  std::set<std::string> files;          // by whole path; their folders are there as well
  std::map<std::string, Status> fails;  // folders that cannot be listed
  std::vector<std::string> listed;
  std::function<void(const std::string& path)> before_list;  // may change all these

  Task<StatusOr<std::vector<FolderEntry>>> List(std::string path) override {
    if (before_list) before_list(path);
    listed.push_back(path);
    if (const auto it = fails.find(path); it != fails.end()) co_return it->second;
    std::map<std::string, bool> entries;
    const std::string below = path + "/";
    for (const std::string& file : files) {
      if (!file.starts_with(below)) continue;
      const std::string rest = file.substr(below.size());
      entries[rest.substr(0, rest.find('/'))] |= rest.find('/') != std::string::npos;
    }
    if (entries.empty()) co_return absl::NotFoundError("there is no such folder");
    std::vector<FolderEntry> list;
    for (const auto& [name, is_folder] : entries) list.push_back({name, is_folder});
    co_return list;
  }
};

}  // namespace twinwatch::testing
