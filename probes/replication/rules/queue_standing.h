// Where the readers of a peer's queues stand, one for each WAL group of each queue, and what can be
// said of one without knowing where it stood before. No I/O.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "probes/replication/link_reading.h"
#include "probes/replication/link_status.h"

namespace twinwatch {

// Where the reader of one WAL group stands. Points into the reading that it was made of.
struct Standing {
  const WalQueue* queue = nullptr;
  std::vector<const QueuedWal*> wals;  // oldest first
  int64_t oldest_begun_ms = 0;
  int64_t second_begun_ms = 0;  // when the WAL that is read was rolled; 0: it was not, or not known

  const QueuedWal& current() const { return *wals.front(); }
  uint64_t position() const { return current().position.value_or(0); }
};

using GroupKey = std::tuple<std::string, std::string, std::string>;  // server, queue, group

std::map<GroupKey, Standing> Standings(const QueueReading& reading);

// Null when it is not known.
const WalFile* LengthOf(const WalLengths& lengths, const std::string& wal);
// It was looked for, and is in none of its folders.
bool IsMissing(const WalLengths& lengths, const std::string& wal);

// What waits in it. None when a length that it needs is not known.
std::optional<uint64_t> BytesOf(const Standing& standing, const WalLengths& lengths);

// How long a healthy source that has something to read may stand still.
absl::Duration LongestRest(bool heartbeats, absl::Duration sleep_for_retries);

struct QueueJudgement {
  QueueState state = QueueState::kUnknown;
  std::optional<std::string> why;
};

// What is so whatever it did before: its peer is disabled, nobody reads it, its place is none.
std::optional<QueueJudgement> JudgeAtOnce(const Standing& standing, const LinkReading& reading);

// All that is shown of it but state and reason.
QueueStatus Shown(const GroupKey& key, const Standing& standing, std::optional<uint64_t> bytes);

}  // namespace twinwatch
