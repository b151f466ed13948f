// One beat: a cell of the heartbeat table, as row key and value. No I/O.
//
// A beat is written on the source into a region of the server that it speaks of, and seen on the
// target when replication has brought it there. Each writer has rows of its own.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/server_name.h"
#include "agent/core/status.h"
#include "probes/api/replication.h"

namespace twinwatch {

inline constexpr std::string_view kHeartbeatFamily = "h";
inline constexpr std::string_view kHeartbeatQualifier = "beat";

// What must not change between two beats that are to prove something together. Equal epochs that
// lack `peer` prove nothing of the queues: they were not read.
struct HeartbeatEpoch {
  std::optional<PeerStamp> peer;         // none: the queues could not be read
  std::multiset<uint64_t> start_codes;   // of the live servers
  std::multiset<std::string> queue_ids;  // of the peer, whoever owns them
  uint64_t rewinds = 0;                  // positions that were seen going back

  bool operator==(const HeartbeatEpoch&) const = default;
};

HeartbeatEpoch EpochOf(const std::vector<ServerName>& live,
                       const std::optional<QueueReading>& queues, uint64_t rewinds);

struct Heartbeat {
  uint64_t sequence = 0;            // grows with each round of a writer
  absl::Time sent;                  // the writer's clock, taken before sending; whole milliseconds
  std::vector<ServerName> members;  // of the round
  HeartbeatEpoch epoch;

  bool operator==(const Heartbeat&) const = default;
};

// Text, a line a field, "twinwatch-beat 1" the first. kFailedPrecondition when it would be larger
// than ParseHeartbeat takes.
StatusOr<std::string> FormatHeartbeat(const Heartbeat& beat);
// Takes nothing but what FormatHeartbeat makes: kDataLoss.
StatusOr<Heartbeat> ParseHeartbeat(std::string_view value);

// Who a row belongs to. A server's next life (another start code) has other rows.
struct HeartbeatRow {
  std::string cluster_id;  // of the source
  ServerName server;
  std::string writer_id;

  auto operator<=>(const HeartbeatRow&) const = default;
};

// The key of that row inside a region. None when the region is too narrow to hold it.
std::optional<std::string> HeartbeatKey(const KeyRange& region, const HeartbeatRow& row);
// kDataLoss for keys that are none.
StatusOr<HeartbeatRow> ParseHeartbeatKey(std::string_view key);

// Random: two processes that write never touch one another's rows.
std::string NewWriterId();

}  // namespace twinwatch
