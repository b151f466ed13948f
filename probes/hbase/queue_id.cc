#include "probes/hbase/queue_id.h"

#include <algorithm>

namespace twinwatch::hbase {

StatusOr<QueueId> ParseQueueId(std::string_view text) {
  QueueId id;
  const size_t dash = text.find('-');
  id.peer_id = text.substr(0, dash);
  if (id.peer_id.empty() || id.peer_id.find(',') != std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument, "\"{}\" is no replication queue", text);
  }
  while (dash != std::string_view::npos && !text.empty()) {
    if (id.dead_servers.empty()) text = text.substr(dash + 1);
    // A server name ends at the first dash behind its second comma.
    const size_t first_comma = text.find(',');
    const size_t second_comma =
        first_comma == std::string_view::npos ? first_comma : text.find(',', first_comma + 1);
    const size_t end =
        second_comma == std::string_view::npos ? second_comma : text.find('-', second_comma);
    ASSIGN_OR_RETURN(ServerName server, ServerName::Parse(text.substr(0, end)));
    id.dead_servers.push_back(std::move(server));
    if (end == std::string_view::npos) break;
    text = text.substr(end + 1);
  }
  return id;
}

}  // namespace twinwatch::hbase
