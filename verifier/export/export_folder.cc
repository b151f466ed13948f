#include "verifier/export/export_folder.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "agent/core/bytes.h"
#include "verifier/export/result_record.h"

namespace twinwatch::export_form {
namespace {

constexpr size_t kRecordBytes = 1 << 20;
constexpr mode_t kOwnerOnly = 0700;
constexpr std::string_view kUnfinished = "/_part-m-00000.unfinished";
constexpr std::string_view kPart = "/part-m-00000";
constexpr std::string_view kReadme = "/_README.txt";

// Import takes its folder for a pattern, passes over names that it takes for hidden, and fails on
// colons inside of paths.
Status CheckPath(const std::filesystem::path& folder) {
  const std::string text = folder.string(), name = folder.filename().string();
  if (name.empty() || name[0] == '_' || name[0] == '.') {
    return Error(
        absl::StatusCode::kInvalidArgument,
        "{}: Import passes over a folder whose name begins with _ or a dot; name it differently",
        text);
  }
  const auto bad = std::find_if(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F' ||
           std::string_view(":*?[]{}\\^").find(c) != std::string_view::npos;
  });
  if (bad != text.end()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "{}: Hadoop does not take {} in a path as it is; choose another folder",
                 ToStringBinary(text), ToStringBinary(std::string_view(&*bad, 1)));
  }
  return absl::OkStatus();
}

StatusOr<std::string> AbsolutePath(const std::string& folder) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(folder, error).lexically_normal();
  if (error) return Error(absl::StatusCode::kInvalidArgument, "{}: {}", folder, error.message());
  if (!path.has_filename()) path = path.parent_path();  // of `folder/`
  RETURN_IF_ERROR(CheckPath(path));
  return path.string();
}

StatusOr<SequenceFile::SyncMarker> NewSyncMarker() {
  SequenceFile::SyncMarker sync;
  if (getrandom(sync.data(), sync.size(), 0) != static_cast<ssize_t>(sync.size())) {
    return Error(absl::StatusCode::kUnavailable, "the system gives no random bytes");
  }
  return sync;
}

}  // namespace

std::string FolderName(const TableName& table) {
  // A namespace may begin with _, a folder that Import is to read may not.
  return "table-" + table.ns + "-" + table.qualifier;
}

StatusOr<ExportFolder> ExportFolder::Create(const std::string& folder, Origin origin) {
  ASSIGN_OR_RETURN(std::string path, AbsolutePath(folder));
  ASSIGN_OR_RETURN(const SequenceFile::SyncMarker sync, NewSyncMarker());
  if (mkdir(path.c_str(), kOwnerOnly) != 0) return FileError(path, "made");
  ASSIGN_OR_RETURN(AppendFile file, AppendFile::Create(path + std::string(kUnfinished)));
  return ExportFolder(std::move(path), std::move(origin), std::move(file), sync);
}

ExportFolder::ExportFolder(std::string folder, Origin origin, AppendFile file,
                           const SequenceFile::SyncMarker& sync)
    : folder_(std::move(folder)),
      origin_(std::move(origin)),
      file_(std::move(file)),
      sequence_(kKeyClass, kValueClass, sync) {
  sequence_.AppendHeader(&bytes_);
}

Status ExportFolder::Append(const CellView& cell, std::optional<uint64_t> ttl_ms) {
  RETURN_IF_ERROR(failure_);
  RETURN_IF_ERROR(CheckCell(cell));
  if (!cells_.empty() && (cell.row != row_ || cells_.size() + cell.WireSize() > kRecordBytes)) {
    RETURN_IF_ERROR(EndRecord());
  }
  row_ = cell.row;
  AppendCell(cell, ttl_ms, &cells_);
  ++totals_.cells;
  if (IsDeleteMarker(cell)) ++totals_.delete_markers;
  if (ttl_ms) ++totals_.cells_with_ttl;
  totals_.largest_cell_bytes = std::max<uint64_t>(totals_.largest_cell_bytes, cell.WireSize() - 4);
  return absl::OkStatus();
}

Status ExportFolder::EndRecord() {
  failure_ = sequence_.AppendRecord(RecordKey(row_),
                                    {ResultBegin(cells_.size()), cells_, kResultEnd}, &bytes_);
  if (failure_.ok()) failure_ = file_.Append(bytes_);
  RETURN_IF_ERROR(failure_);
  bytes_.clear();
  cells_.clear();
  ++totals_.records;
  return absl::OkStatus();
}

StatusOr<Totals> ExportFolder::Finish(absl::Time now) {
  RETURN_IF_ERROR(failure_);
  if (!cells_.empty()) RETURN_IF_ERROR(EndRecord());
  failure_ = Error(absl::StatusCode::kFailedPrecondition, "{} was finished before", folder_);
  RETURN_IF_ERROR(file_.Append(bytes_));  // the header, when there were no records
  RETURN_IF_ERROR(file_.Finish());

  const std::string part = folder_ + std::string(kPart);
  if (std::rename((folder_ + std::string(kUnfinished)).c_str(), part.c_str()) != 0) {
    return FileError(part, "given its name");
  }
  ASSIGN_OR_RETURN(AppendFile readme, AppendFile::Create(folder_ + std::string(kReadme)));
  RETURN_IF_ERROR(readme.Append(Readme(origin_, totals_, folder_, now)));
  RETURN_IF_ERROR(readme.Finish());

  RETURN_IF_ERROR(SyncFolder(folder_));
  RETURN_IF_ERROR(SyncFolder(std::filesystem::path(folder_).parent_path().string()));
  return totals_;
}

}  // namespace twinwatch::export_form
