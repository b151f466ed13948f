// A region server or master as HBase names it: `host,port,startcode`.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch {

struct ServerName {
  std::string host;
  uint16_t port = 0;
  uint64_t start_code = 0;

  static StatusOr<ServerName> Parse(std::string_view text);
  std::string ToString() const;
  // Without the start code: the same for every life of a server.
  std::string HostPort() const;

  auto operator<=>(const ServerName&) const = default;
};

}  // namespace twinwatch
