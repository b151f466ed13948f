// The file of --web.config.file, in the format of Prometheus' exporter-toolkit: TLS, and who may
// ask. Errors are those of the configuration: kInvalidArgument, "FILE:LINE: what is wrong".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/status.h"
#include "exporters/http/access.h"
#include "probes/tls/context.h"

namespace twinwatch::app {

struct WebConfig {
  std::optional<tls::ServerOptions> tls;     // none: plain HTTP
  std::map<std::string, std::string> users;  // name to bcrypt hash, checked
};

// No other file is looked at; those that it names relatively lie beside `path`.
StatusOr<WebConfig> ParseWebConfig(std::string_view text, const std::string& path);

// With certificates and keys read, and found to be good. Access::token is left empty.
StatusOr<http_server::Access> LoadWebConfig(const std::string& path);

}  // namespace twinwatch::app
