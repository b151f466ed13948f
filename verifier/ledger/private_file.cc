#include "verifier/ledger/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace twinwatch::ledger {
namespace {

Status NotMade(const std::string& path, int error) {
  const auto code = error == EACCES || error == EPERM || error == EROFS
                        ? absl::StatusCode::kPermissionDenied
                        : absl::StatusCode::kFailedPrecondition;
  return Error(code, "{} cannot be made: {}; choose another folder with --storage.path", path,
               std::strerror(error));
}

// SQLite gives its -wal and -shm files the mode of this one.
Status MakeFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return NotMade(path, errno);
  close(file);
  return absl::OkStatus();
}

}  // namespace

Status MakePrivateFolders(const std::string& path) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string folder = path.substr(0, end);
    struct stat found {};
    if (stat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) continue;
    if (mkdir(folder.c_str(), 0700) != 0) return NotMade(folder, errno);
  }
  return absl::OkStatus();
}

Status MakePrivateFile(const std::string& path) {
  RETURN_IF_ERROR(MakePrivateFolders(path));
  return MakeFile(path);
}

}  // namespace twinwatch::ledger
