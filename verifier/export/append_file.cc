#include "verifier/export/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace twinwatch::export_form {
namespace {

constexpr mode_t kOwnerOnly = 0600;

}  // namespace

Status FileError(const std::string& path, std::string_view what) {
  const int error = errno;
  const absl::StatusCode code = error == ENOENT || error == ENOTDIR ? absl::StatusCode::kNotFound
                                : error == EACCES || error == EPERM || error == EROFS
                                    ? absl::StatusCode::kPermissionDenied
                                    : absl::StatusCode::kFailedPrecondition;
  return Error(code, "{} cannot be {}: {}", path, what, std::strerror(error));
}

StatusOr<AppendFile> AppendFile::Create(std::string path) {
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly);
  if (descriptor < 0) return FileError(path, "made");
  return AppendFile(std::move(path), descriptor);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile::~AppendFile() { Close(); }

void AppendFile::Close() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

Status AppendFile::Fail(std::string_view what) {
  const Status status = FileError(path_, what);
  Close();
  return status;
}

Status AppendFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(descriptor_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail("written");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

Status AppendFile::Finish() {
  if (fsync(descriptor_) != 0) return Fail("brought to the disk");
  // NFS tells of some errors only here.
  if (close(std::exchange(descriptor_, -1)) != 0) return FileError(path_, "closed");
  return absl::OkStatus();
}

Status SyncFolder(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileError(path, "opened");
  const bool synced = fsync(descriptor) == 0;
  const Status status = synced ? absl::OkStatus() : FileError(path, "brought to the disk");
  close(descriptor);
  return status;
}

}  // namespace twinwatch::export_form
