#include "probes/copytable/job_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace twinwatch::copytable {

StatusOr<JobLog> JobLog::Open(const std::string& path, int flags, uint64_t max_bytes) {
  // A folder that cannot be made is a file that cannot be opened.
  (void)mkdir(path.substr(0, path.rfind('/')).c_str(), 0700);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0600);
  if (fd < 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "the job's log {} cannot be written: {}",
                 path, std::strerror(errno));
  }
  return JobLog(fd, max_bytes);
}

StatusOr<JobLog> JobLog::Create(const std::string& path, uint64_t max_bytes) {
  return Open(path, O_TRUNC, max_bytes);
}

StatusOr<JobLog> JobLog::Append(const std::string& path, uint64_t max_bytes) {
  return Open(path, 0, max_bytes);
}

JobLog::JobLog(JobLog&& other) noexcept : fd_(std::exchange(other.fd_, -1)), left_(other.left_) {}

JobLog::~JobLog() {
  if (fd_ >= 0) close(fd_);
}

void JobLog::Write(std::string_view line) {
  if (left_ == 0) return;
  std::string text(line);
  if (text.size() + 1 > left_) {
    text = "... (the log is full)";
    left_ = 0;
  } else {
    left_ -= text.size() + 1;
  }
  text += '\n';
  (void)!write(fd_, text.data(), text.size());
}

}  // namespace twinwatch::copytable
