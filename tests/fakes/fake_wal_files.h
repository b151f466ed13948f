// WALs that are as long as a test says.
#pragma once

#include <map>
#include <string>

#include "probes/api/wal_files.h"

namespace twinwatch::testing {

class FakeWalFiles : public WalFiles {
 public:
  std::map<std::string, uint64_t> bytes;
  int measured = 0;

  Task<StatusOr<WalFile>> Measure(std::string wal) override {
    ++measured;
    const auto it = bytes.find(wal);
    if (it == bytes.end()) co_return absl::NotFoundError("there is no WAL " + wal);
    WalFile file;
    file.bytes = it->second;
    if (file.bytes >= 85) file.header_bytes = 85;
    co_return file;
  }

  Task<StatusOr<uint64_t>> FreeBytes() override { co_return uint64_t{1} << 40; }
};

}  // namespace twinwatch::testing
