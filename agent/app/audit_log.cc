#include "agent/app/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "agent/core/utc.h"

namespace twinwatch::app {
namespace {

constexpr size_t kMostOfABody = 200;

// Whatever it holds stays one value of one line.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
  }
  return out + "\"";
}

}  // namespace

std::string AuditLine(const AuditEntry& entry) {
  std::string_view body = entry.body;
  const bool is_long = body.size() > kMostOfABody;
  return fmt::format("msg=\"audit\" user={} method={} path={} body={} status={}{}",
                     Quoted(entry.user.empty() ? "-" : entry.user), entry.method,
                     Quoted(entry.path),
                     Quoted(std::string(body.substr(0, kMostOfABody)) + (is_long ? "..." : "")),
                     entry.status, entry.note.empty() ? "" : " note=" + Quoted(entry.note));
}

AuditLog::~AuditLog() {
  if (file_ >= 0) close(file_);
}

Status AuditLog::Open() {
  constexpr mode_t kOwnerOnly = 0600;
  file_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (file_ >= 0) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "the audit log {} cannot be written: {}", path_,
               std::strerror(errno));
}

Status AuditLog::Prepare() {
  if (file_ < 0) RETURN_IF_ERROR(Open());
  struct stat now = {};
  // Somebody may have moved it away: a line in a file without a name is lost.
  struct stat named = {};
  const bool is_there = fstat(file_, &now) == 0 && stat(path_.c_str(), &named) == 0 &&
                        now.st_ino == named.st_ino && now.st_dev == named.st_dev;
  if (is_there && static_cast<uint64_t>(now.st_size) < kMaxBytes) return absl::OkStatus();
  close(file_);
  file_ = -1;
  const std::string before = path_ + ".1";
  if (is_there && std::rename(path_.c_str(), before.c_str()) != 0) {
    return Error(absl::StatusCode::kUnavailable,
                 "the audit log {} is full and cannot be renamed: {}", path_, std::strerror(errno));
  }
  return Open();
}

Status AuditLog::Note(const AuditEntry& entry) {
  RETURN_IF_ERROR(Prepare());
  const std::string line = fmt::format("ts={} {}\n", ToRfc3339(entry.at), AuditLine(entry));
  const ssize_t written = write(file_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size()) && fdatasync(file_) == 0)
    return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "the audit log {} cannot be written: {}", path_,
               written < 0 ? std::strerror(errno) : "no room");
}

}  // namespace twinwatch::app
