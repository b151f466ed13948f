#include "probes/replication/rules/report_clocks.h"

#include <gtest/gtest.h>

#include <random>

namespace twinwatch {
namespace {

const absl::Time kBegin = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kInterval = absl::Seconds(3);

// Servers that report to a master, which is looked at at any time.
class Cluster {
 public:
  explicit Cluster(std::vector<absl::Duration> offsets) : offsets_(std::move(offsets)) {}

  void Look(ReportClocks* clocks) {
    now_ += absl::Milliseconds(std::uniform_int_distribution<int>(4000, 6000)(random_));
    std::vector<ServerReport> reports;
    for (size_t i = 0; i < offsets_.size(); ++i) {
      // What had been made by now, less what it was on its way.
      const absl::Time first = kBegin + absl::Milliseconds(700) * i;
      const int64_t nth = absl::ToInt64Seconds(now_ - kOnItsWay - first) / 3;
      const absl::Time made = first + nth * kInterval + offsets_[i];
      ServerReport report;
      report.server = {"rs" + std::to_string(i), 16020, 1};
      report.made_ms = absl::ToUnixMillis(made);
      report.previous_ms = absl::ToUnixMillis(made - kInterval);
      reports.push_back(report);
    }
    clocks->Learn(reports, now_ - absl::Milliseconds(5), now_ + absl::Milliseconds(5));
  }

  void SetClock(size_t server, absl::Duration offset) { offsets_[server] = offset; }

 private:
  static constexpr absl::Duration kOnItsWay = absl::Milliseconds(3);

  std::vector<absl::Duration> offsets_;
  absl::Time now_ = kBegin + absl::Minutes(1);
  std::mt19937 random_{1};
};

TEST(ReportClocks, ClocksThatAreRightAreNotOff) {
  Cluster cluster({absl::ZeroDuration(), absl::Milliseconds(40), -absl::Milliseconds(40)});
  ReportClocks clocks;
  for (int i = 0; i < 20; ++i) cluster.Look(&clocks);
  ASSERT_TRUE(clocks.Largest());
  EXPECT_LT(absl::AbsDuration(*clocks.Largest()), absl::Milliseconds(100));
}

TEST(ReportClocks, OneLookTellsNothingYet) {
  Cluster cluster({absl::ZeroDuration()});
  ReportClocks clocks;
  EXPECT_FALSE(clocks.Largest());
  cluster.Look(&clocks);
  EXPECT_FALSE(clocks.Largest());
}

TEST(ReportClocks, TheWorstIsNamedWithItsSign) {
  for (const absl::Duration off : {absl::Seconds(2), -absl::Seconds(2), absl::Hours(3)}) {
    Cluster cluster({absl::ZeroDuration(), off, absl::Milliseconds(300)});
    ReportClocks clocks;
    for (int i = 0; i < 40; ++i) cluster.Look(&clocks);
    ASSERT_TRUE(clocks.Largest());
    // Certain: never more than it is, and nearly all of it.
    EXPECT_LE(absl::AbsDuration(*clocks.Largest()), absl::AbsDuration(off));
    EXPECT_GT(absl::AbsDuration(*clocks.Largest()), absl::AbsDuration(off) - absl::Seconds(1));
    EXPECT_EQ(*clocks.Largest() > absl::ZeroDuration(), off > absl::ZeroDuration());
  }
}

TEST(ReportClocks, AClockThatIsSetIsFollowed) {
  Cluster cluster({absl::ZeroDuration()});
  ReportClocks clocks;
  for (int i = 0; i < 20; ++i) cluster.Look(&clocks);
  cluster.SetClock(0, absl::Minutes(5));
  for (int i = 0; i < 20; ++i) cluster.Look(&clocks);
  ASSERT_TRUE(clocks.Largest());
  EXPECT_GT(*clocks.Largest(), absl::Seconds(298));
  cluster.SetClock(0, absl::ZeroDuration());
  for (int i = 0; i < 20; ++i) cluster.Look(&clocks);
  ASSERT_TRUE(clocks.Largest());
  EXPECT_LT(absl::AbsDuration(*clocks.Largest()), absl::Seconds(1));
}

TEST(ReportClocks, NumbersThatCannotBeAreLeftOut) {
  ReportClocks clocks;
  ServerReport report;
  report.server = {"rs", 16020, 1};
  report.made_ms = INT64_MAX;
  report.previous_ms = INT64_MIN;
  clocks.Learn({report}, kBegin, kBegin);
  report.made_ms = 5;
  report.previous_ms = 9;
  clocks.Learn({report}, kBegin, kBegin);
  EXPECT_FALSE(clocks.Largest());
}

TEST(ReportClocks, AServerThatIsGoneIsForgotten) {
  Cluster cluster({absl::Seconds(5)});
  ReportClocks clocks;
  for (int i = 0; i < 20; ++i) cluster.Look(&clocks);
  ASSERT_TRUE(clocks.Largest());
  clocks.Learn({}, kBegin, kBegin);
  EXPECT_FALSE(clocks.Largest());
}

}  // namespace
}  // namespace twinwatch
