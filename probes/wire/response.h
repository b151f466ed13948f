// What a server answers: the parts of one frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/core/status.h"
#include "probes/wire/frame.h"
#include "probes/wire/remote_exception.h"

namespace twinwatch::wire {

// The server speaks for itself, not in answer to a call: refused preambles and log-ins.
inline constexpr uint32_t kServerCallId = 0xFFFFFFFF;

// `result` and `cell_block` point into `frame`.
struct Response {
  Frame frame;
  uint32_t call_id = 0;
  std::optional<RemoteException> exception;
  std::string_view result;
  std::string_view cell_block;
};

// kDataLoss when the frame cannot be a response; the connection must then be dropped.
StatusOr<Response> ParseResponse(Frame frame);

}  // namespace twinwatch::wire
