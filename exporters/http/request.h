// An HTTP/1 request, from bytes to values. No I/O: any split of the stream gives the same requests.
//
// Bodies are read of POST and PUT, by their Content-Length and up to a limit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/core/status.h"

namespace twinwatch::http_server {

struct Request {
  std::string method;
  std::string path;                                          // escapes undone
  std::string query;                                         // behind the question mark, as it came
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  // Who sent it, as far as that was proven: the name of a basic-auth user, the common name of a
  // verified client certificate, or "token" for the agent's own bearer token. Empty: nobody has
  // proven anything. Set by the server, never by what the client says of itself.
  std::string user;

  std::string body;

  // The first of that name, which must be lower case; empty when there is none.
  std::string_view Header(std::string_view name) const;
};

// A request, and what it means for the connection.
struct RequestHead {
  Request request;
  bool keep_alive = true;  // the client wants to send more
  bool has_body = false;   // bytes follow that belong to this request and are not in it
  // What to answer instead of doing it, because its body cannot be taken: 411 (of no told length),
  // 413 (too long). 0: nothing stands against it.
  int refused = 0;
};

// The parameters of a query, in their order, escapes undone; a plus is a blank. kInvalidArgument
// for escapes that are none.
StatusOr<std::vector<std::pair<std::string, std::string>>> ParseQuery(std::string_view query);

class RequestReader {
 public:
  RequestReader(size_t max_head_bytes, size_t max_body_bytes)
      : max_head_bytes_(max_head_bytes), max_body_bytes_(max_body_bytes) {}

  void Feed(std::string_view bytes) { buffer_ += bytes; }

  // The next request, none when more bytes are needed. kInvalidArgument for what is no HTTP/1
  // request, kResourceExhausted for a head over the limit: the stream is lost then.
  StatusOr<std::optional<RequestHead>> Next();

 private:
  StatusOr<std::optional<RequestHead>> NextHead();

  size_t max_head_bytes_;
  size_t max_body_bytes_;
  std::optional<RequestHead> waiting_;  // for the rest of its body
  size_t body_bytes_ = 0;               // of `waiting_`
  size_t searched_ = 0;                 // of buffer_, without finding the end of a head
  std::string buffer_;
};

}  // namespace twinwatch::http_server
