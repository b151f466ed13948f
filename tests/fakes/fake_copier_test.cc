#include "tests/fakes/fake_copier.h"

#include <gmock/gmock.h>

#include "tests/support/run_coro.h"

namespace twinwatch::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Observer : public CopyObserver {
 public:
  void Progressed(const CopyProgress& progress) override { last = progress; }
  bool GivenUp() const override { return given_up; }

  CopyProgress last;
  bool given_up = false;
};

class FakeCopierTest : public ::testing::Test {
 protected:
  FakeCopierTest() {
    source_.AddTable("t");
    target_.AddTable("t");
    for (const char* row : {"a", "b", "c", "d"}) source_.Put("t", row, "q", 10, row);
    source_.Store("t", "c", "q", 20, CellType::kPut, "later");
    copier_.clusters = {{"s", &source_}, {"t", &target_}};
    request_.tag = "x";
    request_.table = request_.target_table = {"default", "t"};
    request_.source_key = "s";
    request_.target_key = "t";
  }

  StatusOr<CopyOutcome> Copy() {
    return RunCoro(copier_.Copy(request_, After(milliseconds(50)), &observer_));
  }
  std::vector<std::string> Copied() {
    std::vector<std::string> rows;
    for (const auto& [row, cells] : target_.tables[{"default", "t"}].rows) {
      for (const Cell& cell : cells) rows.push_back(fmt::format("{}@{}", row, cell.timestamp_ms));
    }
    return rows;
  }

  FakeCluster source_{"s"}, target_{"t"};
  FakeCopier copier_;
  CopyRequest request_;
  Observer observer_;
};

TEST_F(FakeCopierTest, CopiesRangeAndTimeWithTheirTimestamps) {
  request_.range = {"b", "d"};
  request_.until_ms = 20;
  const StatusOr<CopyOutcome> outcome = Copy();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(2u, outcome->rows_read);
  EXPECT_THAT(Copied(), ElementsAre("b@10", "c@10"));
  EXPECT_EQ(1, observer_.last.share);
}

TEST_F(FakeCopierTest, Fails) {
  copier_.fate = FakeCopier::Fate::kFails;
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, Copy().status().code());
  EXPECT_THAT(Copied(), IsEmpty());
}

TEST_F(FakeCopierTest, DiesHalfWay) {
  copier_.fate = FakeCopier::Fate::kDiesHalfWay;
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, Copy().status().code());
  EXPECT_THAT(Copied(), ElementsAre("a@10", "b@10"));
}

TEST_F(FakeCopierTest, HangsUntilItIsEnded) {
  copier_.fate = FakeCopier::Fate::kHangs;
  EXPECT_EQ(absl::StatusCode::kDeadlineExceeded, Copy().status().code());
  observer_.given_up = true;
  EXPECT_EQ(absl::StatusCode::kCancelled, Copy().status().code());
}

TEST_F(FakeCopierTest, MayStillRunUntilItIsEnded) {
  copier_.fate = FakeCopier::Fate::kMayStillRun;
  EXPECT_EQ(absl::StatusCode::kUnknown, Copy().status().code());
  EXPECT_THAT(copier_.running_tags, ElementsAre("x"));
  EXPECT_TRUE(RunCoro(copier_.EndLeftOver("x", After(milliseconds(50)))).ok());
  EXPECT_THAT(copier_.running_tags, IsEmpty());
}

}  // namespace
}  // namespace twinwatch::testing
