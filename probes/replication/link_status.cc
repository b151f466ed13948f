#include "probes/replication/link_status.h"

#include <algorithm>

namespace twinwatch {

std::string_view ToString(QueueState state) {
  switch (state) {
    case QueueState::kIdle:
      return "idle";
    case QueueState::kOk:
      return "ok";
    case QueueState::kLagging:
      return "lagging";
    case QueueState::kStalled:
      return "stalled";
    case QueueState::kRewound:
      return "rewound";
    case QueueState::kDisabled:
      return "disabled";
    case QueueState::kUnknown:
      return "unknown";
  }
  return "unknown";
}

bool IsRed(const LinkStatus& link) {
  return link.state == QueueState::kStalled || link.state == QueueState::kDisabled ||
         (link.orphan_queues && !link.orphan_queues->empty()) ||
         (link.missing_wals && !link.missing_wals->empty()) || link.hfiles.gone.value_or(0) > 0 ||
         std::any_of(link.queues.begin(), link.queues.end(), [](const QueueStatus& queue) {
           return queue.state == QueueState::kRewound || queue.state == QueueState::kStalled;
         });
}

}  // namespace twinwatch
