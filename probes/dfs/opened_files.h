// Which DataNode answered for a file, and what it said, for whoever asks for the same few again and
// again: the NameNode need not be asked each time where to go, nor the DataNode send what was seen
// already. No I/O, no clock.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "probes/api/async.h"
#include "probes/dfs/file_system.h"
#include "probes/http/url.h"

namespace twinwatch::dfs {

struct OpenedFile {
  http::Url data_node;  // as the NameNode redirected to it
  FileStart start;
};

class OpenedFiles {
 public:
  // Then the NameNode is asked again, which may know a DataNode that is nearer, or less busy.
  static constexpr std::chrono::seconds kGoodFor{30};
  static constexpr size_t kMost = 1000;  // files; beyond it begins anew

  // None: not opened yet, or too long ago.
  std::optional<OpenedFile> Find(const std::string& path, Deadline now) const {
    const auto it = entries_.find(path);
    if (it == entries_.end() || now >= it->second.until) return std::nullopt;
    return it->second.file;
  }
  // It was opened by way of the NameNode.
  void Keep(const std::string& path, OpenedFile file, Deadline now) {
    if (entries_.size() >= kMost) entries_.clear();
    entries_[path] = {std::move(file), now + kGoodFor};
  }
  // The same DataNode says that it is so long now.
  void Grown(const std::string& path, uint64_t bytes) {
    if (const auto it = entries_.find(path); it != entries_.end())
      it->second.file.start.bytes = bytes;
  }
  void Forget(const std::string& path) { entries_.erase(path); }

 private:
  struct Entry {
    OpenedFile file;
    Deadline until;
  };

  std::map<std::string, Entry> entries_;
};

}  // namespace twinwatch::dfs
