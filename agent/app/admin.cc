#include "agent/app/admin.h"

#include <absl/strings/match.h>
#include <spdlog/spdlog.h>

#include "agent/app/web.h"

namespace twinwatch::app {
namespace {

using http_server::Request;
using http_server::Response;

// Browsers say from where a request was sent; what is no browser says nothing. A page of the agent
// itself is of the host that it asks.
bool IsOfAnotherSite(const Request& request) {
  const std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  std::string_view origin = request.Header("origin");
  if (origin.empty()) return false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    origin.remove_prefix(scheme.size());
    return !absl::EqualsIgnoreCase(ToAbsl(origin), ToAbsl(request.Header("host")));
  }
  return true;
}

Response Do(const Request& request, AuditLog* audit,
            const std::function<Response(std::string*)>& act, std::string* note) {
  if (std::optional<Response> refused = RefuseAdmin(request)) return *std::move(refused);
  if (audit != nullptr) {
    if (const Status status = audit->Prepare(); !status.ok())
      return ApiError(503, fmt::format("{}; nothing was changed", Text(status)));
  }
  return act(note);
}

}  // namespace

std::optional<Response> RefuseAdmin(const Request& request) {
  if (IsOfAnotherSite(request)) {
    return ApiError(403,
                    "a page of another site sent this request: what changes something is taken "
                    "from the agent's own pages and from commands alone");
  }
  if (request.user.empty()) {
    return ApiError(401,
                    "who are you? This changes something, and needs a name and password, a client "
                    "certificate, or the token in agent.token in the agent's storage folder");
  }
  return std::nullopt;
}

Response AsAdmin(const Request& request, AuditLog* audit, absl::Time now,
                 const std::function<Response(std::string*)>& act) {
  AuditEntry entry;
  Response response = Do(request, audit, act, &entry.note);
  entry.at = now;
  entry.user = request.user;
  entry.method = request.method;
  entry.path = request.path;
  entry.body = request.body;
  entry.status = response.status;
  spdlog::info("{}", AuditLine(entry));
  // Strangers are in the log alone: they could push out of the file what was really done.
  if (audit == nullptr || request.user.empty()) return response;
  if (const Status status = audit->Note(entry); !status.ok())
    spdlog::error("msg=\"{}\"", Text(status));
  return response;
}

}  // namespace twinwatch::app
