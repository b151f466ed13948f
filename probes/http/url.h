// http://HOST:PORT/TARGET or https, as much of it as a request needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::http {

struct Url {
  std::string host;  // an IPv6 address without its brackets
  uint16_t port = 80;
  std::string target = "/";  // path and query, as they are sent
  bool secure = false;       // https; its port is 443 by default

  // kInvalidArgument for what is no URL of these.
  static StatusOr<Url> Parse(std::string_view text);

  // host:port, as errors and the Host header have it.
  std::string HostPort() const;

  bool operator==(const Url&) const = default;
};

// `text` with all but letters, digits, "-._~" and what `keep` holds as %XX.
std::string PercentEncoded(std::string_view text, std::string_view keep = "");

}  // namespace twinwatch::http
