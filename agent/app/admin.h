// Calls that change something: who may make them, and the audit log that they are in.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <optional>

#include "agent/app/audit_log.h"
#include "exporters/http/server.h"

namespace twinwatch::app {

// Why it is refused: 403 for a browser that is sent by another site (it would bring its user's
// password along), 401 for somebody who has not proven who they are. None: it may be done.
std::optional<http_server::Response> RefuseAdmin(const http_server::Request& request);

// `act`, if the request may do it, and the line of it in the log and, where somebody is known to
// have asked, in `audit`; with what `act` has to add to it. What cannot be noted there is not done:
// 503. `audit` may be null.
http_server::Response AsAdmin(const http_server::Request& request, AuditLog* audit, absl::Time now,
                              const std::function<http_server::Response(std::string*)>& act);

}  // namespace twinwatch::app
