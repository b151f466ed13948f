// What the name of a WAL says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/server_name.h"
#include "agent/core/status.h"

namespace twinwatch {

struct WalName {
  std::string group;     // what WALs that are read one after the other have in common
  int64_t begun_ms = 0;  // the region server's clock
  bool is_meta = false;  // of hbase:meta: never replicated
  // Who began to write it, and whose folder it was in; none when the name does not begin with it.
  std::optional<ServerName> server;
};

// `prefix.timestamp` or `prefix.timestamp.suffix`.
StatusOr<WalName> ParseWalName(std::string_view name);

}  // namespace twinwatch
