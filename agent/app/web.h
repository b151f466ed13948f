// What the agent answers over HTTP: pages, metrics, the API. Everything comes from a snapshot, but
// for jobs and rates, which can be changed too.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "agent/app/jobs_api.h"
#include "exporters/http/server.h"
#include "exporters/page/lag_history.h"
#include "exporters/snapshot.h"

namespace twinwatch::app {

struct Served {
  const Snapshot* snapshot = nullptr;
  const page::LagHistory* history = nullptr;
  JobsAccess jobs;
  absl::Time now;
  std::string not_ready;    // why; empty: it is
  std::string not_healthy;  // why; empty: it is
};

// {"error": `what`}, as the API answers what it cannot.
http_server::Response ApiError(int status, std::string_view what);

// 405 with Allow, where the method is none that is answered at this path.
std::optional<http_server::Response> RefuseMethod(const http_server::Request& request);

http_server::Response Respond(const http_server::Request& request, const Served& served);

}  // namespace twinwatch::app
