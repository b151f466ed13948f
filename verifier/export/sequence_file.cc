#include "verifier/export/sequence_file.h"

#include <limits>

#include "agent/core/bytes.h"

namespace twinwatch::export_form {
namespace {

constexpr std::string_view kMagic("SEQ\x06", 4);
constexpr uint64_t kSyncInterval = 100 * 1024;
// Where a record's length is expected.
constexpr uint32_t kSyncEscape = 0xFFFFFFFF;

// Hadoop's Text; its length takes one byte up to 127 bytes, and names of classes are shorter.
void AppendText(std::string_view text, std::string* out) {
  out->push_back(static_cast<char>(text.size()));
  *out += text;
}

}  // namespace

SequenceFile::SequenceFile(std::string_view key_class, std::string_view value_class,
                           const SyncMarker& sync)
    : key_class_(key_class), value_class_(value_class), sync_(sync) {}

void SequenceFile::AppendHeader(std::string* out) {
  const size_t before = out->size();
  *out += kMagic;
  AppendText(key_class_, out);
  AppendText(value_class_, out);
  out->append(2, '\0');       // neither compressed nor in blocks
  AppendBigEndian32(0, out);  // pairs of metadata
  out->append(sync_.data(), sync_.size());
  position_ += out->size() - before;
}

Status SequenceFile::AppendRecord(std::string_view key,
                                  std::initializer_list<std::string_view> value, std::string* out) {
  uint64_t size = key.size();
  for (const std::string_view piece : value) size += piece.size();
  if (size > std::numeric_limits<int32_t>::max()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "a record of {} bytes is more than Hadoop's sequence files can hold", size);
  }
  const size_t before = out->size();
  if (position_ >= last_sync_ + kSyncInterval) {
    AppendBigEndian32(kSyncEscape, out);
    out->append(sync_.data(), sync_.size());
    last_sync_ = position_ + out->size() - before;
  }
  AppendBigEndian32(static_cast<uint32_t>(size), out);
  AppendBigEndian32(static_cast<uint32_t>(key.size()), out);
  *out += key;
  for (const std::string_view piece : value) *out += piece;
  position_ += out->size() - before;
  return absl::OkStatus();
}

}  // namespace twinwatch::export_form
