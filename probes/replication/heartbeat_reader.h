// The beats that a cluster's heartbeat table shows.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <string>
#include <vector>

#include "probes/api/cluster.h"
#include "probes/replication/heartbeat.h"
#include "probes/replication/heartbeat_writer.h"

namespace twinwatch {

// Does the target show every beat of the round, or a later one of the same writer? It says nothing
// of what was written before the beats (one batch of replication is applied in any order). Errors:
// kNotFound (the target has no heartbeat table), kDataLoss (a row holds something else),
// kFailedPrecondition (the round has no beats, which would prove nothing); the target does not
// answer: after two minutes at the most.
Task<StatusOr<bool>> HaveArrived(Cluster* target, TableName table, BeatRound round);

struct SeenBeat {
  uint64_t sequence = 0;
  absl::Time sent;
};

// By row: of each writer, server and region.
using SeenBeats = std::map<std::string, SeenBeat>;

// The rows that `cluster_id` wrote; rows and values that are no beats are passed over. kNotFound:
// no such table; kFailedPrecondition: more rows than any use of it leaves behind.
Task<StatusOr<SeenBeats>> ReadBeats(Cluster* cluster, TableName table, std::string cluster_id);

// The rows of `source` of which `target` shows an older beat or none. For reading only: `source`
// must have been read first.
std::vector<std::string> OnTheirWay(const SeenBeats& source, const SeenBeats& target);

// When the newest beat of each server was sent.
std::map<ServerName, absl::Time> NewestByServer(const SeenBeats& beats);

}  // namespace twinwatch
