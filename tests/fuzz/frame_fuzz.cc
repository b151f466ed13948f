// A server's stream of bytes: all at once gives the same responses as byte by byte.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "probes/wire/frame.h"
#include "probes/wire/response.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

std::string Describe(wire::Frame frame) {
  const StatusOr<wire::Response> response = wire::ParseResponse(std::move(frame));
  if (!response.ok()) return response.status().ToString();
  std::string out =
      fmt::format("{} {} {}", response->call_id, response->result, response->cell_block);
  if (response->exception) out += wire::ToStatus(*response->exception).ToString();
  return out;
}

std::vector<std::string> ResponsesOf(std::string_view stream, size_t step) {
  wire::FrameReader reader(1u << 20);
  std::vector<std::string> out;
  while (!stream.empty()) {
    const wire::FrameReader::Space space = reader.Prepare();
    fuzz::Require(space.size > 0, "there is always space for more bytes");
    const size_t n = std::min({space.size, step, stream.size()});
    std::memcpy(space.data, stream.data(), n);
    stream.remove_prefix(n);
    if (const Status status = reader.Commit(n); !status.ok()) {
      out.push_back(status.ToString());
      return out;
    }
    while (std::optional<wire::Frame> frame = reader.TakeFrame())
      out.push_back(Describe(*std::move(frame)));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view stream = fuzz::View(data, size);
  fuzz::Require(ResponsesOf(stream, size) == ResponsesOf(stream, 1),
                "any split gives the same responses");
  return 0;
}
