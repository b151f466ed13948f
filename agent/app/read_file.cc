#include "agent/app/read_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace twinwatch::app {
namespace {

constexpr size_t kMaxPasswordFile = 4096;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInvalidArgument;
  }
}

Status FromErrno(int error) { return Error(CodeOf(error), "{}", std::strerror(error)); }

}  // namespace

StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return FromErrno(errno);
  std::string content;
  char piece[16384];
  while (const size_t n = std::fread(piece, 1, sizeof(piece), file.get())) {
    content.append(piece, n);
    if (content.size() > max_bytes) {
      return Error(absl::StatusCode::kInvalidArgument, "larger than the {} bytes that are read",
                   max_bytes);
    }
  }
  if (std::ferror(file.get()) != 0) return FromErrno(errno);
  return content;
}

StatusOr<std::string> ReadPassword(const std::string& path) {
  ASSIGN_OR_RETURN(std::string password, ReadFile(path, kMaxPasswordFile));
  if (password.ends_with('\n')) password.pop_back();
  return password;
}

}  // namespace twinwatch::app
