// What the agent answers over HTTP: pages, metrics, the API. Pure: everything comes from a
// snapshot.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "exporters/http/server.h"
#include "exporters/page/lag_history.h"
#include "exporters/snapshot.h"

namespace twinwatch::app {

struct Served {
  const Snapshot* snapshot = nullptr;
  const page::LagHistory* history = nullptr;
  absl::Time now;
  std::string not_ready;    // why; empty: it is
  std::string not_healthy;  // why; empty: it is
};

// {"error": `what`}, as the API answers what it cannot.
http_server::Response ApiError(int status, std::string_view what);

http_server::Response Respond(const http_server::Request& request, const Served& served);

}  // namespace twinwatch::app
