#include "probes/hbase/retry.h"

#include <algorithm>

namespace twinwatch::hbase {

Reaction ReactionTo(const Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return Reaction::kWait;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kDataLoss:
      return Reaction::kLocate;
    default:
      return Reaction::kGiveUp;
  }
}

StatusOr<std::chrono::milliseconds> Retry::Failed(const Status& status, Deadline now) {
  if (ReactionTo(status) == Reaction::kGiveUp) return status;
  if (failures_++ == 0) first_failure_ = now;
  const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(now - first_failure_);
  if (lasted >= patience_) {
    return Error(absl::StatusCode::kUnavailable, "{} (tried for {} s)", Text(status),
                 lasted.count() / 1000);
  }
  return std::min(std::chrono::milliseconds(50) * (1 << std::min(failures_ - 1, 6)),
                  std::chrono::milliseconds(2000));
}

}  // namespace twinwatch::hbase
