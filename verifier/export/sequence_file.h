// Hadoop's SequenceFile, version 6, neither record nor block compressed: header, then records, with
// a sync marker before a record at least every 100 KiB, by which Hadoop finds a record's begin when
// it cuts a file into splits. Pure: bytes are appended to a string of the caller's.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::export_form {

class SequenceFile {
 public:
  // In every file another one, so that no value can hold it but by chance: random bytes.
  using SyncMarker = std::array<char, 16>;

  SequenceFile(std::string_view key_class, std::string_view value_class, const SyncMarker& sync);

  // Once, before all records.
  void AppendHeader(std::string* out);

  // A record of a key and a value, which comes in pieces. kInvalidArgument, and nothing appended,
  // when it is longer than Hadoop can read (2 GiB).
  Status AppendRecord(std::string_view key, std::initializer_list<std::string_view> value,
                      std::string* out);

 private:
  std::string key_class_;
  std::string value_class_;
  SyncMarker sync_;
  uint64_t position_ = 0;
  uint64_t last_sync_ = 0;
};

}  // namespace twinwatch::export_form
