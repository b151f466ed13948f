#include "probes/replication/hfile_search.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "probes/replication/rules/peer_scope.h"

namespace twinwatch {
namespace {

// In the order in which files pass through them.
constexpr const char* kRoots[] = {"data", ".tmp/data", "archive/data"};
// HBase's own tables are never replicated.
constexpr std::string_view kSystemNamespace = "hbase";

class Search {
 public:
  Search(Folders* folders, HFileQuest quest) : folders_(folders), quest_(std::move(quest)) {}

  Task<HFilesFound> Run() {
    found_.ended = co_await LookWhereTheyWere();
    if (found_.ended.ok() && quest_.everywhere && IsWorthIt()) {
      found_.ended = co_await LookEverywhere();
      found_.everywhere = found_.ended.ok();
    }
    co_return std::move(found_);
  }

 private:
  bool done() const { return quest_.names.empty(); }

  bool IsWorthIt() const {
    return !std::includes(quest_.rare.begin(), quest_.rare.end(), quest_.names.begin(),
                          quest_.names.end());
  }

  // A folder that is not there (any more) is empty.
  Task<StatusOr<std::vector<FolderEntry>>> List(std::string path) {
    if (listed_ == quest_.folders) {
      co_return Error(absl::StatusCode::kResourceExhausted,
                      "{} folders were searched, and there are more", listed_);
    }
    if (std::chrono::steady_clock::now() >= quest_.deadline) {
      co_return Error(absl::StatusCode::kDeadlineExceeded,
                      "{} folders were searched in the time there was, and there are more",
                      listed_);
    }
    ++listed_;
    StatusOr<std::vector<FolderEntry>> entries = co_await folders_->List(std::move(path));
    if (absl::IsNotFound(entries.status())) co_return std::vector<FolderEntry>();
    co_return entries;
  }

  // Those with a dot in front are HBase's own: .tabledesc, .tmp, .splits.
  Task<StatusOr<std::vector<std::string>>> Subfolders(std::string path) {
    CO_ASSIGN_OR_RETURN(const std::vector<FolderEntry> entries, co_await List(std::move(path)));
    std::vector<std::string> names;
    for (const FolderEntry& entry : entries)
      if (entry.is_folder && !entry.name.starts_with('.')) names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    co_return names;
  }

  Task<Status> LookInto(std::string path) {
    CO_ASSIGN_OR_RETURN(const std::vector<FolderEntry> entries, co_await List(path));
    for (const FolderEntry& entry : entries) {
      if (!entry.is_folder && quest_.names.erase(entry.name) > 0)
        found_.folders.emplace(entry.name, path);
    }
    co_return absl::OkStatus();
  }

  Task<Status> LookWhereTheyWere() {
    std::set<std::string> paths;
    for (const auto& [name, path] : quest_.known)
      if (quest_.names.contains(name)) paths.insert(path);
    for (const std::string& path : paths) CO_RETURN_IF_ERROR(co_await LookInto(path));
    co_return absl::OkStatus();
  }

  // Lists are taken anew for each root: what is in one now was in no later one before.
  Task<Status> LookEverywhere() {
    for (const bool in_scope : {true, false}) {
      for (const char* root : kRoots) {
        if (done()) co_return absl::OkStatus();
        CO_RETURN_IF_ERROR(co_await LookIntoRoot(root, in_scope));
      }
    }
    co_return absl::OkStatus();
  }

  Task<Status> LookIntoRoot(std::string root, bool in_scope) {
    CO_ASSIGN_OR_RETURN(const std::vector<std::string> namespaces, co_await Subfolders(root));
    for (const std::string& of : namespaces) {
      if (of == kSystemNamespace) continue;
      const std::string path = root + "/" + of;
      CO_ASSIGN_OR_RETURN(const std::vector<std::string> tables, co_await Subfolders(path));
      for (const std::string& table : tables) {
        if (IsInScope(of, table) != in_scope) continue;
        CO_RETURN_IF_ERROR(co_await LookIntoTable(path + "/" + table));
        if (done()) co_return absl::OkStatus();
      }
    }
    co_return absl::OkStatus();
  }

  Task<Status> LookIntoTable(std::string path) {
    CO_ASSIGN_OR_RETURN(const std::vector<std::string> regions, co_await Subfolders(path));
    for (const std::string& region : regions) {
      const std::string in_region = path + "/" + region;
      CO_ASSIGN_OR_RETURN(const std::vector<std::string> families, co_await Subfolders(in_region));
      for (const std::string& family : families) {
        CO_RETURN_IF_ERROR(co_await LookInto(in_region + "/" + family));
        if (done()) co_return absl::OkStatus();
      }
    }
    co_return absl::OkStatus();
  }

  bool IsInScope(const std::string& of, const std::string& table) const {
    const StatusOr<TableName> name = TableName::Parse(of + ":" + table);
    return name.ok() && MayReplicate(quest_.peer, *name);
  }

  Folders* folders_;
  HFileQuest quest_;
  HFilesFound found_;
  size_t listed_ = 0;
};

}  // namespace

Task<HFilesFound> SearchHFiles(Folders* folders, HFileQuest quest) {
  Search search(folders, std::move(quest));
  co_return co_await search.Run();
}

}  // namespace twinwatch
