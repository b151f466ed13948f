// A barrier that passes when a test says so.
#pragma once

#include <functional>
#include <vector>

#include "probes/api/barrier.h"

namespace twinwatch::testing {

class FakeBarrier : public Barrier {
 public:
  // What the nth Pass does (from 1 on): it may change clusters, and may fail.
  std::function<Status(int pass)> on_pass;
  std::vector<BarrierKind> kinds;  // of each pass; the last one stays
  int passes = 0;

  BarrierKind kind() const override { return KindOf(1); }

  Task<StatusOr<BarrierPass>> Pass(Deadline) override {
    BarrierPass pass;
    pass.begun = absl::Now();
    ++passes;
    co_await SleepFor(std::chrono::milliseconds(0));  // as a real one lets others run
    if (on_pass) CO_RETURN_IF_ERROR(on_pass(passes));
    pass.passed = absl::Now();
    pass.kind = KindOf(passes);
    co_return pass;
  }

 private:
  BarrierKind KindOf(int pass) const {
    if (kinds.empty()) return BarrierKind::kPositionAndHeartbeat;
    return kinds[std::min(static_cast<size_t>(pass), kinds.size()) - 1];
  }
};

}  // namespace twinwatch::testing
