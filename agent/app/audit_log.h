// Who changed something, when, and what came of it: a file of lines, as durable as the disk.
//
//   ts=2026-11-23T16:38:04Z msg="audit" user="alice" method=POST path="/api/v1/jobs/…/pause"
//   body="" status=200
//
// Only ever appended to. At a megabyte the file becomes FILE.1, in place of the one before. One
// thread; each call is on disk when it returns OK.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>

#include "agent/core/status.h"

namespace twinwatch::app {

struct AuditEntry {
  absl::Time at;
  std::string user;  // who has proven who they are; empty: nobody
  std::string method;
  std::string path;
  std::string body;
  int status = 0;    // of the answer
  std::string note;  // what it was about, where the path does not say it all
};

// The line without its end and its time, as logs have it too.
std::string AuditLine(const AuditEntry& entry);

class AuditLog {
 public:
  static constexpr uint64_t kMaxBytes = 1u << 20;

  explicit AuditLog(std::string path) : path_(std::move(path)) {}
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Opens the file, and begins a new one where it is full. To be called before anything is changed:
  // what cannot be noted is not to be done. The error names the file.
  Status Prepare();
  Status Note(const AuditEntry& entry);

 private:
  Status Open();

  std::string path_;
  int file_ = -1;
};

}  // namespace twinwatch::app
