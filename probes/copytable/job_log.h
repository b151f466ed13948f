// The file with what a job printed, line by line as it comes: it is there whatever happens next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::copytable {

class JobLog {
 public:
  static constexpr uint64_t kMaxBytes = 64u << 20;

  // A fresh file that only its owner reads: error messages have row keys in them.
  static StatusOr<JobLog> Create(const std::string& path, uint64_t max_bytes = kMaxBytes);
  // Goes on with one that is there, or begins it.
  static StatusOr<JobLog> Append(const std::string& path, uint64_t max_bytes = kMaxBytes);
  JobLog(JobLog&& other) noexcept;
  JobLog& operator=(JobLog&&) = delete;
  ~JobLog();

  // Past `max_bytes`, or when the disk is full, lines are left out: a job does not fail for its
  // log.
  void Write(std::string_view line);

 private:
  JobLog(int fd, uint64_t left) : fd_(fd), left_(left) {}
  static StatusOr<JobLog> Open(const std::string& path, int flags, uint64_t max_bytes);

  int fd_;
  uint64_t left_;
};

}  // namespace twinwatch::copytable
