// A client's stream of bytes: all at once gives the same requests as byte by byte.
#include <string>
#include <vector>

#include "exporters/http/request.h"
#include "tests/fuzz/fuzz.h"

using namespace twinwatch;

namespace {

std::vector<std::string> RequestsOf(std::string_view stream, size_t step) {
  http_server::RequestReader reader(512, 100);
  std::vector<std::string> out;
  while (true) {
    const auto next = reader.Next();
    if (!next.ok()) {
      out.push_back(next.status().ToString());
      return out;
    }
    if (next->has_value()) {
      const http_server::RequestHead& head = **next;
      out.push_back(fmt::format("{} {} {} {} {} {} {}", head.request.method, head.request.path,
                                head.request.query, head.keep_alive, head.has_body, head.refused,
                                head.request.body));
      fuzz::Require(head.request.body.size() <= 100, "bodies are bounded");
      for (const auto& [name, value] : head.request.headers) out.back() += name + value;
      const auto parameters = http_server::ParseQuery(head.request.query);
      if (parameters.ok())
        for (const auto& [name, value] : *parameters) out.back() += name + value;
    } else if (stream.empty()) {
      return out;
    } else {
      reader.Feed(stream.substr(0, step));
      stream.remove_prefix(std::min(step, stream.size()));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view stream = fuzz::View(data, size);
  fuzz::Require(RequestsOf(stream, size + 1) == RequestsOf(stream, 1),
                "any split gives the same requests");
  return 0;
}
