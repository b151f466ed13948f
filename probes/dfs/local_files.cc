#include "probes/dfs/local_files.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "probes/dfs/wal_header.h"

namespace twinwatch::dfs {
namespace {

constexpr size_t kMostEntries = 100'000;

}  // namespace

Task<StatusOr<FileStart>> LocalFiles::Open(std::string path, Deadline) {
  std::error_code error;
  FileStart start;
  start.bytes = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
    co_return absl::NotFoundError("there is no such file");
  }
  if (error) co_return Error(absl::StatusCode::kUnavailable, "{}: {}", path, error.message());
  std::ifstream file(path, std::ios::binary);
  start.prefix.resize(kHeaderPrefix);
  file.read(start.prefix.data(), static_cast<std::streamsize>(kHeaderPrefix));
  start.prefix.resize(static_cast<size_t>(file.gcount()));
  if (file.bad() || (start.prefix.empty() && start.bytes > 0)) {
    co_return Error(absl::StatusCode::kUnavailable, "{}: it cannot be read", path);
  }
  co_return start;
}

Task<StatusOr<bool>> LocalFiles::HasFolder(std::string path, Deadline) {
  std::error_code error;
  const bool is = std::filesystem::is_directory(path, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    co_return Error(absl::StatusCode::kUnavailable, "{}: {}", path, error.message());
  }
  co_return is;
}

Task<StatusOr<std::vector<FolderEntry>>> LocalFiles::List(std::string path, Deadline) {
  std::error_code error;
  std::vector<FolderEntry> entries;
  std::filesystem::directory_iterator it(path, error);
  for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (entries.size() == kMostEntries) {
      co_return Error(absl::StatusCode::kResourceExhausted, "{}: more than {} files are in it",
                      path, kMostEntries);
    }
    // What is moved away meanwhile is no folder.
    std::error_code moved;
    entries.push_back({it->path().filename().string(), it->is_directory(moved)});
  }
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
    co_return absl::NotFoundError("there is no such folder");
  }
  if (error == std::errc::permission_denied) {
    co_return Error(absl::StatusCode::kPermissionDenied, "{}: {}", path, error.message());
  }
  if (error) co_return Error(absl::StatusCode::kUnavailable, "{}: {}", path, error.message());
  co_return entries;
}

Task<StatusOr<uint64_t>> LocalFiles::FreeBytes(std::string path, Deadline) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(path, error);
  if (error) co_return Error(absl::StatusCode::kUnavailable, "{}: {}", path, error.message());
  co_return space.available;
}

}  // namespace twinwatch::dfs
