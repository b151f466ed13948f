// Znodes, read no faster than a cap allows: for whoever reads many of them again and again.
#pragma once

#include <memory>
#include <string>

#include "probes/api/request_bucket.h"
#include "probes/api/znodes.h"

namespace twinwatch::zk {

class PacedZnodes : public Znodes {
 public:
  // `znodes` must outlive it. `bucket` is shared by all that the cap is for; null: there is none.
  PacedZnodes(Znodes* znodes, std::shared_ptr<RequestBucket> bucket)
      : znodes_(znodes), bucket_(std::move(bucket)) {}

  // kDeadlineExceeded when so much is read that a turn does not come within half a minute.
  Task<StatusOr<Znode>> Get(std::string path, bool watch) override;
  Task<StatusOr<ZnodeChildren>> Children(std::string path, bool watch) override;
  Task<Status> Sync(std::string path) override { return znodes_->Sync(std::move(path)); }
  Task<bool> WaitForChange(std::chrono::milliseconds time) override {
    return znodes_->WaitForChange(time);
  }
  uint64_t changes() const override { return znodes_->changes(); }

 private:
  Task<Status> Turn();

  Znodes* znodes_;
  std::shared_ptr<RequestBucket> bucket_;
};

}  // namespace twinwatch::zk
