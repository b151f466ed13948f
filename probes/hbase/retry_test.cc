#include "probes/hbase/retry.h"

#include <gtest/gtest.h>

namespace twinwatch::hbase {
namespace {

using namespace std::chrono_literals;

TEST(Retry, BacksOffUntilThePatienceIsOver) {
  Retry retry(10s);
  const Deadline start{};
  EXPECT_EQ(*retry.Failed(absl::UnavailableError("busy"), start), 50ms);
  EXPECT_EQ(*retry.Failed(absl::AbortedError("moved"), start + 1s), 100ms);
  EXPECT_EQ(retry.Failed(absl::UnavailableError("busy"), start + 10s).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(Retry, ProgressBeginsAnew) {
  Retry retry(10s);
  const Deadline start{};
  EXPECT_TRUE(retry.Failed(absl::UnavailableError("busy"), start).ok());
  retry.Progress();
  EXPECT_EQ(*retry.Failed(absl::UnavailableError("busy"), start + 60s), 50ms);
}

TEST(Retry, NeverRetriesWhatCannotHelp) {
  Retry retry;
  EXPECT_EQ(retry.Failed(absl::PermissionDeniedError("no"), Deadline{}).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(Reaction, DataThatCannotBeDecodedMeansAnotherScanner) {
  EXPECT_EQ(ReactionTo(absl::DataLossError("")), Reaction::kLocate);
  EXPECT_EQ(ReactionTo(absl::DeadlineExceededError("")), Reaction::kLocate);
  EXPECT_EQ(ReactionTo(absl::UnavailableError("")), Reaction::kWait);
  EXPECT_EQ(ReactionTo(absl::NotFoundError("")), Reaction::kGiveUp);
}

}  // namespace
}  // namespace twinwatch::hbase
