// One request, on a connection of its own that is closed afterwards. Redirects are handed to the
// caller. Errors name host and port: kUnavailable (no connection, or it was lost),
// kDeadlineExceeded, kDataLoss (no HTTP), kFailedPrecondition (a certificate that is not accepted,
// or no TLS).
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "agent/core/status.h"
#include "probes/api/async.h"
#include "probes/http/address_book.h"
#include "probes/http/response_reader.h"
#include "probes/http/url.h"
#include "probes/tls/context.h"

namespace twinwatch::http {

struct Proof {
  std::shared_ptr<tls::Context> tls;  // for https; none: whom the system trusts, and no certificate
  std::string authorization;          // the header's value; empty: none
};

struct Message {
  std::string method = "GET";
  std::string body;  // JSON; empty: none
  Proof proof;
  std::string requested_by;                // the X-Requested-By header; empty: none
  std::shared_ptr<AddressBook> addresses;  // none: the host is looked up each time
};

// Returns as soon as head and `body_bytes` of the body are there; what the server would send
// behind them is cut off.
Task<StatusOr<Response>> Send(Executor executor, Url url, Message message, size_t body_bytes,
                              Deadline deadline);
Task<StatusOr<Response>> Get(Executor executor, Url url, size_t body_bytes, Deadline deadline);

}  // namespace twinwatch::http
