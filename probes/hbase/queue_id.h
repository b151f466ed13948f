// The names under `replication/rs/<server>`. No I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/server_name.h"

namespace twinwatch::hbase {

struct QueueId {
  std::string peer_id;
  std::vector<ServerName> dead_servers;  // oldest first; empty for a server's own queue
};

// `<peer>` or `<peer>-<host,port,startcode>-...`. Host names may hold dashes, peer ids never do.
// kInvalidArgument for anything else.
StatusOr<QueueId> ParseQueueId(std::string_view text);

}  // namespace twinwatch::hbase
