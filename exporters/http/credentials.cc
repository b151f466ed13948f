#include "exporters/http/credentials.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>

#include "agent/core/status.h"

namespace twinwatch::http_server {

Credentials ParseCredentials(std::string_view authorization) {
  const size_t blank = authorization.find(' ');
  if (blank == std::string_view::npos) return {};
  const std::string_view scheme = authorization.substr(0, blank);
  std::string_view rest = authorization.substr(blank);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.empty()) return {};
  if (absl::EqualsIgnoreCase(ToAbsl(scheme), "bearer")) return BearerToken{std::string(rest)};
  if (!absl::EqualsIgnoreCase(ToAbsl(scheme), "basic")) return {};
  std::string decoded;
  if (!absl::Base64Unescape(ToAbsl(rest), &decoded)) return {};
  const size_t colon = decoded.find(':');
  if (colon == std::string::npos) return {};
  return BasicCredentials{decoded.substr(0, colon), decoded.substr(colon + 1)};
}

}  // namespace twinwatch::http_server
