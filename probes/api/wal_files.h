// The files of WALs: how long they are. ZooKeeper knows positions only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/core/status.h"
#include "probes/api/async.h"

namespace twinwatch {

struct WalFile {
  enum class Place {
    kWals,       // WALs/<server>: it may be written to
    kOldWals,    // oldWALs: it is closed
    kSplitting,  // WALs/<server>-splitting: its server died
  };

  // What a reader can see now; of an open WAL more than its directory entry says.
  uint64_t bytes = 0;
  // Where the first edit begins. A WAL that is no longer than this holds nothing, and sources do
  // not move over it. None when it is shorter than its header, or the header could not be read.
  std::optional<uint64_t> header_bytes;
  Place place = Place::kWals;
};

class WalFiles {
 public:
  virtual ~WalFiles() = default;

  // `wal` is the name that queues have. Errors: kNotFound (it is in none of its folders: likely
  // lost), others when that could not be learnt (the message names the server that was asked).
  virtual Task<StatusOr<WalFile>> Measure(std::string wal) = 0;

  // What the file system has left for more of them, replicas counted.
  virtual Task<StatusOr<uint64_t>> FreeBytes() = 0;
};

}  // namespace twinwatch
