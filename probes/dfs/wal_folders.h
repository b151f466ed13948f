// WalFiles over a file system: looks for a WAL where HBase may have it, and reads how long its
// header is.
//
// Of WALs in oldWALs, which are closed, the answer is kept for a minute: who asks for the queues
// twice in a row asks HDFS once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "probes/api/wal_files.h"
#include "probes/dfs/file_system.h"

namespace twinwatch::dfs {

class WalFolders : public WalFiles {
 public:
  // `dir` is hbase.wal.dir or hbase.rootdir, without scheme and host.
  WalFolders(std::unique_ptr<FileSystem> files, std::string dir, std::chrono::milliseconds patience,
             uint64_t replicas = 1);

  // kNotFound only when the folders are there and none has it. kFailedPrecondition, with the name
  // of the folder, when there are no WALs in `dir`.
  Task<StatusOr<WalFile>> Measure(std::string wal) override;
  Task<StatusOr<uint64_t>> FreeBytes() override;

 private:
  struct Known {
    WalFile file;
    Deadline until;
  };

  Task<StatusOr<WalFile>> Look(std::string wal, Deadline deadline);
  void Remember(const std::string& wal, const WalFile& file);

  std::unique_ptr<FileSystem> files_;
  std::string dir_;
  std::chrono::milliseconds patience_;
  uint64_t replicas_;  // of each block
  bool seen_ = false;  // there is a WAL below dir_
  std::map<std::string, Known> closed_;
};

struct WalPlace {
  WalFile::Place place;
  std::string path;
};

// Where a WAL may be, in the order in which to look; oldWALs again at the end, since it may have
// been moved there meanwhile. kInvalidArgument for what is no name of a WAL.
StatusOr<std::vector<WalPlace>> PlacesOf(const std::string& dir, const std::string& wal);

}  // namespace twinwatch::dfs
