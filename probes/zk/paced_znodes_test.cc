#include "probes/zk/paced_znodes.h"

#include <gtest/gtest.h>

#include "tests/support/run_coro.h"

namespace twinwatch::zk {
namespace {

using testing::RunCoro;

struct CountingZnodes : public Znodes {
  int reads = 0;

  Task<StatusOr<Znode>> Get(std::string, bool) override {
    ++reads;
    co_return Znode();
  }
  Task<StatusOr<ZnodeChildren>> Children(std::string, bool) override {
    ++reads;
    co_return ZnodeChildren();
  }
  Task<Status> Sync(std::string) override { co_return absl::OkStatus(); }
  Task<bool> WaitForChange(std::chrono::milliseconds) override { co_return false; }
  uint64_t changes() const override { return 0; }
};

TEST(PacedZnodes, WithoutACapAllIsReadAtOnce) {
  CountingZnodes znodes;
  PacedZnodes paced(&znodes, nullptr);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(RunCoro(paced.Get("/a", false)).ok());
  EXPECT_EQ(znodes.reads, 1000);
}

TEST(PacedZnodes, AllReadsShareTheCap) {
  CountingZnodes znodes;
  const auto bucket = std::make_shared<RequestBucket>(1);
  PacedZnodes one(&znodes, bucket), other(&znodes, bucket);
  EXPECT_TRUE(RunCoro(one.Get("/a", false)).ok());
  // The next half minute is taken by others.
  const auto now = std::chrono::steady_clock::now();
  while (bucket->Take(now, now + std::chrono::seconds(31))) {
  }
  EXPECT_EQ(RunCoro(other.Children("/a", false)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(znodes.reads, 1);
}

}  // namespace
}  // namespace twinwatch::zk
