#include "probes/zk/paced_znodes.h"

#include <utility>

namespace twinwatch::zk {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

Task<StatusOr<Znode>> PacedZnodes::Get(std::string path, bool watch) {
  CO_RETURN_IF_ERROR(co_await Turn());
  co_return co_await znodes_->Get(std::move(path), watch);
}

Task<StatusOr<ZnodeChildren>> PacedZnodes::Children(std::string path, bool watch) {
  CO_RETURN_IF_ERROR(co_await Turn());
  co_return co_await znodes_->Children(std::move(path), watch);
}

Task<Status> PacedZnodes::Turn() {
  if (!bucket_) co_return absl::OkStatus();
  const Deadline now = std::chrono::steady_clock::now();
  const auto when = bucket_->Take(now, now + kPatience);
  if (!when) {
    co_return Error(absl::StatusCode::kDeadlineExceeded,
                    "a znode was not read in {} s: zookeeper.reads_per_second is reached",
                    kPatience.count());
  }
  if (*when > now) co_await SleepUntil(*when);
  co_return absl::OkStatus();
}

}  // namespace twinwatch::zk
