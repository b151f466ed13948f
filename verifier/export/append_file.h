// A new file that is appended to, and is on the disk when Finish has returned OK.
//
// Only its owner may read it: it holds data of a table. What was written before an error stays
// there; after an error all that follows fails too.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::export_form {

class AppendFile {
 public:
  // kFailedPrecondition when there is something of that name.
  static StatusOr<AppendFile> Create(std::string path);

  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&&) = delete;
  ~AppendFile();

  // kFailedPrecondition when the disk is full.
  Status Append(std::string_view bytes);
  // Synced, and closed.
  Status Finish();

 private:
  AppendFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  Status Fail(std::string_view what);
  void Close();

  std::string path_;
  int descriptor_;
};

// What was made or renamed in the folder stays so when the machine loses power.
Status SyncFolder(const std::string& path);

// The error that errno stands for, with the path and what could not be done.
Status FileError(const std::string& path, std::string_view what);

}  // namespace twinwatch::export_form
