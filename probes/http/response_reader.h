// An HTTP/1 response, from bytes to values. No I/O: any split of the stream gives the same. Nothing
// the other side sends is trusted: head and body are bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::http {

struct Response {
  int status = 0;
  std::optional<uint64_t> content_length;  // as the head says
  std::string location;                    // of a redirect
  std::string body;                        // its beginning: as much as was wanted
};

class ResponseReader {
 public:
  // Of the body no more than `body_bytes` are taken.
  explicit ResponseReader(size_t body_bytes);
  ~ResponseReader();

  // kDataLoss for what is no HTTP response, or one whose head is too long. Bytes behind the end are
  // passed over.
  Status Feed(std::string_view bytes);
  // The connection has ended. kDataLoss when the response had not.
  Status FeedEnd();

  // Head and body are there, or as much of the body as was wanted.
  bool done() const;
  Response Take();

 private:
  class Parser;

  std::unique_ptr<Parser> parser_;
  std::string pending_;  // arrived, not understood yet
};

}  // namespace twinwatch::http
