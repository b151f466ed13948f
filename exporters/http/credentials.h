// What a client says of itself in its Authorization header. Nothing is proven by it.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace twinwatch::http_server {

struct BasicCredentials {
  std::string name;
  std::string password;
};

struct BearerToken {
  std::string token;
};

// Nothing for schemes that are not known here, and for what is not as its scheme wants it.
using Credentials = std::variant<std::monostate, BasicCredentials, BearerToken>;

Credentials ParseCredentials(std::string_view authorization);

}  // namespace twinwatch::http_server
