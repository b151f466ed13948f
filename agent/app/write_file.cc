#include "agent/app/write_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "verifier/ledger/private_file.h"

namespace twinwatch::app {
namespace {

Status NotWritten(const std::string& path, int error) {
  return Error(absl::StatusCode::kUnavailable, "{} cannot be written: {}", path,
               std::strerror(error));
}

bool Put(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0;
}

// A name in a folder is on disk only when the folder is.
void SyncFolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  fsync(opened);
  close(opened);
}

}  // namespace

Status WriteWhole(const std::string& path, std::string_view text, mode_t mode) {
  const std::string fresh = path + ".new";
  std::remove(fresh.c_str());
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0) return NotWritten(path, errno);
  const bool good = Put(file, text);
  int error = errno;
  close(file);
  if (good && std::rename(fresh.c_str(), path.c_str()) == 0) {
    SyncFolderOf(path);
    return absl::OkStatus();
  }
  if (good) error = errno;
  std::remove(fresh.c_str());
  return NotWritten(path, error);
}

Status WritePrivate(const std::string& path, std::string_view text) {
  RETURN_IF_ERROR(ledger::MakePrivateFolders(path));
  return WriteWhole(path, text, 0600);
}

}  // namespace twinwatch::app
