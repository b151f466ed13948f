#include "verifier/export/sequence_file.h"

#include <gtest/gtest.h>

#include "agent/core/bytes.h"

namespace twinwatch::export_form {
namespace {

const SequenceFile::SyncMarker kSync = {'0', '1', '2', '3', '4', '5', '6', '7',
                                        '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
constexpr std::string_view kSyncBytes = "0123456789abcdef";
constexpr size_t kInterval = 100 * 1024;

std::string Number(uint32_t n) {
  std::string bytes;
  AppendBigEndian32(n, &bytes);
  return bytes;
}

TEST(SequenceFile, HasAHeaderThatNamesItsClasses) {
  std::string file;
  SequenceFile("K", "Val", kSync).AppendHeader(&file);
  EXPECT_EQ(file, std::string("SEQ\x06\x01K\x03Val\0\0\0\0\0\0", 16) + std::string(kSyncBytes));
}

TEST(SequenceFile, HasRecordsWithTheirLengthAndTheKeys) {
  SequenceFile sequence("K", "V", kSync);
  std::string file;
  ASSERT_TRUE(sequence.AppendRecord("key", {"val", "", "ue"}, &file).ok());
  ASSERT_TRUE(sequence.AppendRecord("", {}, &file).ok());
  EXPECT_EQ(file, Number(8) + Number(3) + "keyvalue" + Number(0) + Number(0));
}

// Hadoop begins a split at the first sync marker behind its border; the marker counts from the
// file's begin, whatever was handed on already.
TEST(SequenceFile, HasASyncMarkerBeforeTheRecordThatIs100KiBBehindTheLast) {
  SequenceFile sequence("K", "V", kSync);
  std::string header;
  sequence.AppendHeader(&header);
  const std::string marker = Number(0xFFFFFFFF) + std::string(kSyncBytes);
  const auto record = [&sequence](size_t size) {
    std::string bytes;
    EXPECT_TRUE(sequence.AppendRecord("", {std::string(size - 8, 'v')}, &bytes).ok());
    return bytes;
  };
  EXPECT_FALSE(record(kInterval - header.size() - 1).starts_with(marker));
  EXPECT_FALSE(record(9).starts_with(marker)) << "one byte is missing";
  EXPECT_TRUE(record(kInterval).starts_with(marker));
  EXPECT_TRUE(record(kInterval - 1).starts_with(marker));
  EXPECT_FALSE(record(9).starts_with(marker)) << "one byte is missing";
  EXPECT_TRUE(record(9).starts_with(marker));
  EXPECT_FALSE(record(9).starts_with(marker));
}

TEST(SequenceFile, RefusesARecordThatHadoopCouldNotRead) {
  SequenceFile sequence("K", "V", kSync);
  const std::string_view piece("v", 1);
  const std::string_view huge(piece.data(), (1ull << 31) - 1);  // is not read
  std::string file;
  EXPECT_EQ(sequence.AppendRecord("", {huge, "v"}, &file).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(file, "");
}

}  // namespace
}  // namespace twinwatch::export_form
