// A small HTTP/1.1 server, plain or under TLS: metrics, health, the JSON API, the status page.
//
// Lives on the one thread of its executor. Clients are strangers: their number, the size and the
// time of what they send, and the time in which they take their answer are bounded. Whatever goes
// wrong with a connection ends that connection only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/core/status.h"
#include "exporters/http/access.h"
#include "exporters/http/request.h"
#include "probes/api/async.h"

namespace twinwatch::http_server {

struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow = "";  // with 405: the methods that are answered there, "GET, HEAD"
};

struct Limits {
  size_t max_head_bytes = 16384;  // over it: 431
  size_t max_body_bytes = 65536;  // of POST and PUT; over it: 413
  size_t max_connections = 256;   // over it: 503
  // For a TLS handshake, for a whole request, and between two of them.
  std::chrono::milliseconds head_time{10'000};
  std::chrono::milliseconds answer_time{30'000};  // for a client to take a whole answer
};

class Server {
 public:
  // Is called for every method, and must not block: of those that it does not know it says 405. To
  // HEAD it answers as to GET; the body is left out here. What it throws is answered with 500.
  using Handler = std::function<Response(const Request&)>;

  // The execution context must outlive it.
  Server(const Executor& executor, Handler handler, Limits limits = {});
  ~Server();  // as Stop
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before Listen. Without it everybody is answered, in plain HTTP, and is nobody.
  void Protect(Access access);
  // HOST:PORT or [IPv6]:PORT; without a host all addresses of the machine, port 0 is one that is
  // free. kInvalidArgument when it is no such address, kFailedPrecondition when it cannot be had.
  Status Listen(std::string_view address);
  uint16_t port() const;
  // Ends every connection at once. The handler is not called any more.
  void Stop();

  size_t connections() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace twinwatch::http_server
