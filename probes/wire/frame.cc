#include "probes/wire/frame.h"

#include <utility>

#include "agent/core/bytes.h"

namespace twinwatch::wire {

FrameReader::Space FrameReader::Prepare() {
  if (header_filled_ < sizeof(header_)) {
    return {header_ + header_filled_, sizeof(header_) - header_filled_};
  }
  return {frame_.bytes.get() + body_filled_, frame_.size - body_filled_};
}

Status FrameReader::Commit(size_t n) {
  if (header_filled_ == sizeof(header_)) {
    body_filled_ += n;
    return absl::OkStatus();
  }
  header_filled_ += n;
  if (header_filled_ < sizeof(header_)) return absl::OkStatus();
  const uint32_t size = ReadBigEndian32(header_);
  if (size > max_frame_bytes_) {
    return Error(absl::StatusCode::kDataLoss,
                 "the server announces a response of {} bytes, more than the {} that are taken",
                 size, max_frame_bytes_);
  }
  frame_.size = size;
  frame_.bytes.reset(new char[size]);
  body_filled_ = 0;
  return absl::OkStatus();
}

std::optional<Frame> FrameReader::TakeFrame() {
  if (header_filled_ < sizeof(header_) || body_filled_ < frame_.size) return std::nullopt;
  header_filled_ = 0;
  return std::exchange(frame_, Frame{});
}

}  // namespace twinwatch::wire
