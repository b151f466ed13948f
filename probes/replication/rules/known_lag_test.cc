#include "probes/replication/rules/known_lag.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

constexpr char kWal[] = "a%2C1%2C10.1700000000001";
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

// A peer with one queue, of which one WAL grows and is shipped.
class KnownLagTest : public ::testing::Test {
 protected:
  void Read(int second, uint64_t shipped, uint64_t written) {
    LinkReading reading;
    PeerStamp stamp;
    stamp.created = 100;
    reading.queues.peer_stamp = stamp;
    reading.queues.peer_enabled = enabled_;
    WalQueue queue;
    queue.owner = *ServerName::Parse("a,1,10");
    queue.queue_id = "1";
    queue.wals = {{kWal, shipped, 0}};
    reading.queues.queues = {queue};
    WalFile file;
    file.bytes = written;
    file.header_bytes = 85;
    if (lengths_known_) reading.lengths.emplace(kWal, file);
    reading.peer_enabled = enabled_;
    reading.at = kStart + absl::Seconds(second);
    lag_.Learn(reading);
  }

  KnownLag lag_;
  bool enabled_ = true;
  bool lengths_known_ = true;
};

TEST_F(KnownLagTest, NothingIsKnownBeforeTheFirstReading) {
  EXPECT_EQ(lag_.AtLeast(), std::nullopt);
}

TEST_F(KnownLagTest, NoneWhenNothingWaits) {
  Read(0, 900, 900);
  EXPECT_EQ(lag_.AtLeast(), absl::ZeroDuration());
}

TEST_F(KnownLagTest, AsOldAsTheOldestReadingThatIsNotShipped) {
  Read(0, 900, 900);
  Read(5, 900, 1000);
  EXPECT_EQ(lag_.AtLeast(), absl::ZeroDuration());
  Read(65, 950, 1000);
  EXPECT_EQ(lag_.AtLeast(), absl::Seconds(60));
  Read(70, 1000, 1000);
  EXPECT_EQ(lag_.AtLeast(), absl::ZeroDuration());
}

// On a busy pair something waits at every look: that is no lag.
TEST_F(KnownLagTest, WritesThatNeverEndAreNoLag) {
  for (int i = 0; i < 100; ++i) {
    const uint64_t written = 1000 + 100 * static_cast<uint64_t>(i);
    Read(5 * i, written - 50, written);
    EXPECT_EQ(lag_.AtLeast(), absl::ZeroDuration()) << i;
  }
}

TEST_F(KnownLagTest, HoursAreKnownWellEnough) {
  const auto written = [](int second) { return 1000 + static_cast<uint64_t>(second); };
  int second = 0;
  for (; second < 7200; second += 5) Read(second, 1000, written(second) + 1);
  EXPECT_EQ(lag_.AtLeast(), absl::Seconds(7195));
  // It ships three seconds' worth a second from then on: one hour behind after half an hour.
  for (; second < 9000; second += 5)
    Read(second, written((second - 7200) * 3), written(second) + 1);
  const double behind = absl::ToDoubleSeconds(*lag_.AtLeast());
  EXPECT_LE(behind, 9000 - 1800 * 3);
  EXPECT_GE(behind, (9000 - 1800 * 3) - 9000 / 16);
}

TEST_F(KnownLagTest, UnknownWithoutLengthsUnlessItIsKnownToWait) {
  lengths_known_ = false;
  Read(0, 900, 900);
  EXPECT_EQ(lag_.AtLeast(), std::nullopt);
  lengths_known_ = true;
  Read(5, 900, 1000);
  lengths_known_ = false;
  Read(25, 950, 0);
  EXPECT_EQ(lag_.AtLeast(), absl::Seconds(20));
  Read(30, 1000, 0);
  EXPECT_EQ(lag_.AtLeast(), std::nullopt);
}

TEST_F(KnownLagTest, UnknownWhileThePeerIsDisabled) {
  Read(0, 900, 1000);
  enabled_ = false;
  Read(100, 900, 1000);
  EXPECT_EQ(lag_.AtLeast(), std::nullopt);
  enabled_ = true;
  Read(105, 900, 1000);
  EXPECT_EQ(lag_.AtLeast(), absl::ZeroDuration());
}

}  // namespace
}  // namespace twinwatch
