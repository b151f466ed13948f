#include "probes/replication/rules/reported_queues.h"

#include <fmt/format.h>

namespace twinwatch {

std::vector<QueueStatus> QueuesAsReported(const LinkReading& reading) {
  std::vector<QueueStatus> queues;
  for (const ReportedLoad& load : reading.loads) {
    QueueStatus& queue = queues.emplace_back();
    queue.regionserver = load.server.ToString();
    queue.queue = load.queue_id.empty() ? load.peer_id : load.queue_id;
    queue.recovered = load.recovered;
    queue.wals = load.log_queue;
    queue.state = reading.peer_enabled ? QueueState::kUnknown : QueueState::kDisabled;
    queue.why = fmt::format(
        "{}{}: only what region servers report to their master is known, no position, no bytes, "
        "no queue of a dead server that none has claimed",
        reading.peer_enabled ? "" : "its peer is disabled; ", *reading.closed);
  }
  return queues;
}

}  // namespace twinwatch
