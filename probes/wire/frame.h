// Cuts the stream of bytes from a server into frames: int32 BE length, then so many bytes.
//
//   while (reader wants more) {
//     span = reader.Prepare();  n = read some bytes into span;  reader.Commit(n);
//     if (auto frame = reader.TakeFrame()) ...
//   }
//
// Any split of the stream gives the same frames. A frame's bytes are read straight into the buffer
// that is handed out, so that a batch of cells is never copied. After an error the stream is lost:
// the connection must be dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::wire {

// A frame's content, without its length. Movable; the bytes stay where they are.
struct Frame {
  std::unique_ptr<char[]> bytes;
  size_t size = 0;

  std::string_view View() const { return {bytes.get(), size}; }
};

// No response of a healthy server is larger: it caps its own at 100 MiB and one cell.
inline constexpr size_t kMaxFrameBytes = 192u << 20;

class FrameReader {
 public:
  struct Space {
    char* data;
    size_t size;
  };

  explicit FrameReader(size_t max_frame_bytes = kMaxFrameBytes)
      : max_frame_bytes_(max_frame_bytes) {}

  // Where the next bytes go; never empty unless a finished frame has not been taken.
  Space Prepare();

  // `n` bytes of that space were filled. kDataLoss when the length of a frame is not believable.
  Status Commit(size_t n);

  std::optional<Frame> TakeFrame();

 private:
  size_t max_frame_bytes_;
  char header_[4];
  size_t header_filled_ = 0;
  size_t body_filled_ = 0;
  Frame frame_;
};

}  // namespace twinwatch::wire
