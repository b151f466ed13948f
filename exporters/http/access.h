// What a server asks of its clients.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "probes/tls/context.h"

namespace twinwatch::http_server {

struct Access {
  std::shared_ptr<tls::Context> tls;  // none: plain HTTP
  std::map<std::string, std::string>
      users;          // name to bcrypt hash; if there are any, all must be one
  std::string token;  // makes its bearer the user "token"; empty: there is none
};

}  // namespace twinwatch::http_server
