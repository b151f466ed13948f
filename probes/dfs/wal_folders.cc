#include "probes/dfs/wal_folders.h"

#include <utility>

#include "probes/dfs/wal_header.h"
#include "probes/replication/wal_name.h"

namespace twinwatch::dfs {
namespace {

constexpr std::chrono::seconds kRemembered{60};
constexpr size_t kMaxRemembered = 10'000;

}  // namespace

StatusOr<std::vector<WalPlace>> PlacesOf(const std::string& dir, const std::string& wal) {
  ASSIGN_OR_RETURN(const WalName name, ParseWalName(wal));
  if (!name.server || wal.find('/') != std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "the name of WAL \"{}\" does not say whose it is", wal);
  }
  const std::string folder = fmt::format("{}/WALs/{}", dir, name.server->ToString());
  const std::string live = fmt::format("{}/{}", folder, wal);
  const std::string old = fmt::format("{}/oldWALs/{}", dir, wal);
  const std::string dead = fmt::format("{}-splitting/{}", folder, wal);
  return std::vector<WalPlace>{{WalFile::Place::kWals, live},
                               {WalFile::Place::kOldWals, old},
                               {WalFile::Place::kSplitting, dead},
                               {WalFile::Place::kOldWals, old}};
}

WalFolders::WalFolders(std::unique_ptr<FileSystem> files, std::string dir,
                       std::chrono::milliseconds patience, uint64_t replicas)
    : files_(std::move(files)), dir_(std::move(dir)), patience_(patience), replicas_(replicas) {
  while (dir_.ends_with('/')) dir_.pop_back();
}

Task<StatusOr<WalFile>> WalFolders::Measure(std::string wal) {
  const Deadline now = std::chrono::steady_clock::now();
  if (const auto it = closed_.find(wal); it != closed_.end() && it->second.until > now)
    co_return it->second.file;
  StatusOr<WalFile> file = co_await Look(wal, now + patience_);
  if (file.ok() && file->place == WalFile::Place::kOldWals) Remember(wal, *file);
  co_return file;
}

Task<StatusOr<WalFile>> WalFolders::Look(std::string wal, Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const std::vector<WalPlace> places, PlacesOf(dir_, wal));
  for (const WalPlace& place : places) {
    StatusOr<FileStart> start = co_await files_->Open(place.path, deadline);
    if (absl::IsNotFound(start.status())) continue;
    if (!start.ok()) co_return start.status();
    seen_ = true;
    WalFile file;
    file.bytes = start->bytes;
    file.header_bytes = HeaderBytes(start->prefix, start->bytes);
    file.place = place.place;
    co_return file;
  }
  // Everything would be missing under a wrong folder.
  if (!seen_) {
    CO_ASSIGN_OR_RETURN(seen_, co_await files_->HasFolder(dir_ + "/WALs", deadline));
  }
  if (!seen_) {
    co_return Error(absl::StatusCode::kFailedPrecondition,
                    "there is no folder {}/WALs {}; is hbase.wal.dir (or hbase.rootdir) right?",
                    dir_, files_->where());
  }
  co_return Error(absl::StatusCode::kNotFound,
                  "neither WALs nor oldWALs of {} {} has it: its edits are likely lost", dir_,
                  files_->where());
}

Task<StatusOr<uint64_t>> WalFolders::FreeBytes() {
  CO_ASSIGN_OR_RETURN(const uint64_t bytes, co_await files_->FreeBytes(dir_, After(patience_)));
  co_return bytes / replicas_;
}

void WalFolders::Remember(const std::string& wal, const WalFile& file) {
  const Deadline now = std::chrono::steady_clock::now();
  if (closed_.size() >= kMaxRemembered) {
    std::erase_if(closed_, [now](const auto& entry) { return entry.second.until <= now; });
  }
  if (closed_.size() < kMaxRemembered) closed_[wal] = {file, now + kRemembered};
}

}  // namespace twinwatch::dfs
