#include "probes/wire/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tests/support/golden.h"

namespace twinwatch::wire {
namespace {

using twinwatch::testing::Golden;

// Feeds `stream` in pieces of at most `step` bytes and returns the frames.
std::vector<std::string> FramesOf(std::string_view stream, size_t step) {
  FrameReader reader;
  std::vector<std::string> frames;
  while (!stream.empty()) {
    const FrameReader::Space space = reader.Prepare();
    const size_t n = std::min({space.size, step, stream.size()});
    std::memcpy(space.data, stream.data(), n);
    stream.remove_prefix(n);
    EXPECT_TRUE(reader.Commit(n).ok());
    while (auto frame = reader.TakeFrame()) frames.emplace_back(frame->View());
  }
  return frames;
}

TEST(FrameReader, AnySplitGivesTheSameFrames) {
  const std::string stream = Golden("is-master-running-response") + Golden("get-response") +
                             Golden("scan-last-response") + std::string(4, '\0') +
                             Golden("scan-close-response");
  const std::vector<std::string> whole = FramesOf(stream, stream.size());
  ASSERT_EQ(whole.size(), 5u);
  EXPECT_EQ(whole[3], "");
  for (size_t step = 1; step < 90; ++step) EXPECT_EQ(FramesOf(stream, step), whole) << step;
}

TEST(FrameReader, RefusesALengthBeforeItAllocates) {
  FrameReader reader(1000);
  std::memcpy(reader.Prepare().data, "\x00\x00\x03\xe9", 4);
  const Status status = reader.Commit(4);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("1001"));
}

TEST(FrameReader, NegativeLengthIsALargeOne) {
  FrameReader reader;
  std::memcpy(reader.Prepare().data, "\xff\xff\xff\xff", 4);
  EXPECT_EQ(reader.Commit(4).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace twinwatch::wire
