#include "agent/app/agent_token.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace twinwatch::app {
namespace {

constexpr size_t kBytes = 32;
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 0077;

class File {
 public:
  File(const std::string& path, int flags)
      : descriptor_(open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Status FromErrno(int error) {
  const absl::StatusCode code = error == ENOENT || error == ENOTDIR ? absl::StatusCode::kNotFound
                                : error == EACCES || error == EPERM
                                    ? absl::StatusCode::kPermissionDenied
                                    : absl::StatusCode::kInvalidArgument;
  return Error(code, "{}", std::strerror(error));
}

Status NamedErrno(const std::string& file, std::string_view what) {
  return Annotate(FromErrno(errno), fmt::format("{}: the token cannot be {}", file, what));
}

StatusOr<std::string> TokenIn(const File& file) {
  // One byte more than it has with its line's end.
  std::array<char, 2 * kBytes + 2> bytes;
  const ssize_t n = read(file.descriptor(), bytes.data(), bytes.size());
  if (n < 0) return FromErrno(errno);
  std::string text(bytes.data(), static_cast<size_t>(n));
  if (text.ends_with('\n')) text.pop_back();
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != 2 * kBytes || !std::all_of(text.begin(), text.end(), is_hex))
    return Error(absl::StatusCode::kInvalidArgument, "is no token");
  return text;
}

// Whether nobody else can have read or written it.
bool IsOurs(const File& file) {
  struct stat info {};
  return fstat(file.descriptor(), &info) == 0 && S_ISREG(info.st_mode) &&
         info.st_uid == geteuid() && (info.st_mode & kOthers) == 0;
}

StatusOr<std::string> NewToken() {
  std::array<unsigned char, kBytes> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return FromErrno(errno);
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

StatusOr<std::string> MakeToken(const std::string& path) {
  // Whatever lies there, a link too, goes; it is not written into.
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return NamedErrno(path, "made anew");
  ASSIGN_OR_RETURN(std::string token, NewToken());
  const File file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) return NamedErrno(path, "made");
  const std::string line = token + "\n";
  if (write(file.descriptor(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return NamedErrno(path, "written");
  return token;
}

}  // namespace

std::string TokenFile(const std::string& folder) { return folder + "/agent.token"; }

StatusOr<std::string> ReadToken(const std::string& file) {
  const File opened(file, O_RDONLY | O_NONBLOCK);
  if (!opened.is_open()) return FromErrno(errno);
  return TokenIn(opened);
}

StatusOr<std::string> KeepToken(const std::string& file) {
  {
    const File old(file, O_RDONLY | O_NONBLOCK);
    if (old.is_open() && IsOurs(old)) {
      StatusOr<std::string> token = TokenIn(old);
      if (token.ok()) return token;
    }
  }
  return MakeToken(file);
}

}  // namespace twinwatch::app
