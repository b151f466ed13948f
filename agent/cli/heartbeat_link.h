// What all of `twinwatch heartbeat` works on: both clusters, and the heartbeat table on each.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/link.h"
#include "agent/cli/link_options.h"
#include "probes/api/cluster.h"

namespace twinwatch::cli {

struct HeartbeatSide {
  std::string role;  // source or target
  Cluster* cluster = nullptr;
  ClusterInfo info;
  std::optional<TableDescriptor> table;  // none: it is not there
  std::vector<RegionLocation> regions;   // with `table`
};

struct HeartbeatLink {
  std::unique_ptr<app::Link> link;  // owns the clusters
  TableName table;
  HeartbeatSide source;
  HeartbeatSide target;
  std::optional<Peer> back;  // of the target, leads to the source: the table serves both ways
};

// As typed.
struct HeartbeatArgs {
  LinkOptions links;
  app::LinkSpec link;
  TableName table;
  bool execute = false;
  std::string format = "table";
};

Task<StatusOr<std::unique_ptr<HeartbeatLink>>> OpenHeartbeat(Executor executor, app::LinkSpec spec,
                                                             TableName table);

// Reads the table on that side again. A table that is disabled is an error.
Task<Status> LookAgain(HeartbeatSide* side, TableName table);

// Does the peer, as it is now, take the table's cells to the target?
Status CheckWay(const HeartbeatLink& heartbeat);

// The two lines that every answer begins with.
void PrintSides(const HeartbeatLink& heartbeat);

// What init and drop print with --format json: the sides as they are now, and `state`, to which
// more is added.
nlohmann::ordered_json DocumentOf(const HeartbeatLink& heartbeat, std::string_view verb,
                                  std::string_view state);

// `twinwatch heartbeat VERB` with the user's global options, to be typed next.
std::string NextCommand(const LinkOptions& links, std::string_view verb);

// The verbs. Each gives its exit code.
Task<StatusOr<int>> HeartbeatInit(Executor executor, std::shared_ptr<HeartbeatArgs> args);
Task<StatusOr<int>> HeartbeatStatus(Executor executor, std::shared_ptr<HeartbeatArgs> args);
Task<StatusOr<int>> HeartbeatDrop(Executor executor, std::shared_ptr<HeartbeatArgs> args);

}  // namespace twinwatch::cli
