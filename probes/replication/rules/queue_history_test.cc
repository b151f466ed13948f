#include "probes/replication/rules/queue_history.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

constexpr char kOld[] = "a%2C1%2C10.1700000000001";
constexpr char kWal[] = "a%2C1%2C10.1700000000002";
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

// One queue of one WAL, read each second.
class QueueHistoryTest : public ::testing::Test {
 protected:
  void Read(uint64_t position, uint64_t length) {
    LinkReading reading;
    reading.peer_enabled = enabled_;
    WalQueue queue;
    queue.owner = *ServerName::Parse("a,1,10");
    queue.owner_alive = owner_alive_;
    queue.queue_id = "1";
    if (older_) queue.wals.push_back({kOld, 100, 0});
    queue.wals.push_back({kWal, position, 0});
    reading.queues.queues = {queue};
    WalFile file;
    file.bytes = length;
    file.header_bytes = 85;
    if (length_known_) reading.lengths.emplace(kWal, file);
    if (older_) reading.lengths.emplace(kOld, file);
    if (missing_) reading.lengths.insert_or_assign(kWal, absl::NotFoundError("nowhere"));
    reading.at = kStart + absl::Seconds(second_++);
    history_.Learn(std::move(reading));
  }

  QueueStatus Queue() const { return history_.Judge(LongestRest(true, absl::Seconds(1))).at(0); }
  QueueState State() const { return Queue().state; }

  QueueHistory history_;
  int second_ = 0;
  bool enabled_ = true, owner_alive_ = true, length_known_ = true, older_ = false, missing_ = false;
};

TEST_F(QueueHistoryTest, EmptyBeforeTheFirstReading) {
  EXPECT_TRUE(history_.Judge(absl::Seconds(60)).empty());
  EXPECT_EQ(history_.TimeToDrain(), std::nullopt);
}

TEST_F(QueueHistoryTest, IdleWhileNothingWaitsAndNothingMoves) {
  for (int i = 0; i < 700; ++i) Read(500, 500);
  EXPECT_EQ(State(), QueueState::kIdle);
  EXPECT_EQ(history_.TimeToDrain(), absl::ZeroDuration());
}

TEST_F(QueueHistoryTest, OkWhileItMoves) {
  for (uint64_t i = 0; i < 50; ++i) Read(1000 + 100 * i, 1050 + 100 * i);
  EXPECT_EQ(State(), QueueState::kOk);
}

// Something is always on its way on a busy pair; what waits goes up and down.
TEST_F(QueueHistoryTest, ABusyQueueThatKeepsUpIsOk) {
  for (uint64_t i = 0; i < 50; ++i) {
    Read(1000 + 100 * i, 1100 + 100 * i + (i * 37) % 50);
    if (i == 0) continue;
    EXPECT_EQ(State(), QueueState::kOk) << i;
  }
}

TEST_F(QueueHistoryTest, LaggingWhenMoreWaitsAtEachOfTenReadings) {
  for (uint64_t i = 0; i < 9; ++i) Read(1000 + 10 * i, 2000 + 20 * i);
  EXPECT_EQ(State(), QueueState::kOk) << "too early to tell";
  Read(1090, 2180);
  Read(1100, 2200);
  EXPECT_EQ(State(), QueueState::kLagging);
  Read(1500, 2220);
  EXPECT_EQ(State(), QueueState::kOk) << "it gains";
}

TEST_F(QueueHistoryTest, StalledWhenItStandsLongerThanAnyHealthySource) {
  Read(900, 900);
  for (int i = 0; i < 60; ++i) Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kLagging);
  EXPECT_EQ(Queue().why, "it has not moved for 1m while bytes wait");
  Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kStalled);
  Read(950, 1000);
  EXPECT_EQ(State(), QueueState::kOk);
}

TEST_F(QueueHistoryTest, WithoutHeartbeatsASleepingReaderIsNotStalled) {
  for (int i = 0; i < 300; ++i) Read(900, 1000);
  const absl::Duration rest = LongestRest(false, absl::Seconds(1));
  EXPECT_EQ(history_.Judge(rest).at(0).state, QueueState::kLagging);
  for (int i = 0; i < 62; ++i) Read(900, 1000);
  EXPECT_EQ(history_.Judge(rest).at(0).state, QueueState::kStalled);
}

TEST_F(QueueHistoryTest, BytesThatCameJustNowHaveNotWaitedLong) {
  for (int i = 0; i < 600; ++i) Read(900, 900);
  Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kLagging);
}

TEST_F(QueueHistoryTest, RewoundUntilItIsAgainWhereItWas) {
  Read(900, 1000);
  Read(100, 1000);
  EXPECT_EQ(State(), QueueState::kRewound);
  EXPECT_EQ(Queue().why, "its position went back from 900 to 100");
  Read(899, 1000);
  EXPECT_EQ(State(), QueueState::kRewound);
  Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kOk);
  older_ = true;
  Read(900, 1000);
  EXPECT_EQ(Queue().why, "it reads an older WAL again");
}

TEST_F(QueueHistoryTest, DisabledWhateverItDoes) {
  enabled_ = false;
  for (int i = 0; i < 100; ++i) Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kDisabled);
}

TEST_F(QueueHistoryTest, UnknownWhenNobodyReadsItOrItsLengthIsNot) {
  for (int i = 0; i < 100; ++i) Read(900, 1000);
  owner_alive_ = false;
  Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kUnknown);
  owner_alive_ = true;
  length_known_ = false;
  Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kUnknown);
  EXPECT_EQ(history_.TimeToDrain(), std::nullopt);
  missing_ = true;
  Read(900, 1000);
  EXPECT_EQ(State(), QueueState::kUnknown);
  EXPECT_NE(Queue().why->find("not found"), std::string::npos);
  missing_ = false;
  length_known_ = true;
  Read(900, 800);
  EXPECT_NE(Queue().why->find("beyond the end"), std::string::npos);
}

TEST_F(QueueHistoryTest, DrainsAtThePaceOfTheLastMinute) {
  for (uint64_t i = 0; i <= 20; ++i) Read(1000 + 100 * i, 10'000);
  // 7,000 wait, at 100 a second
  EXPECT_EQ(history_.TimeToDrain(), absl::Seconds(70));
  for (uint64_t i = 0; i < 100; ++i) Read(3000, 10'000 + i);
  EXPECT_EQ(history_.TimeToDrain(), std::nullopt) << "it does not get less";
}

TEST_F(QueueHistoryTest, ItsLastMoveIsKnown) {
  Read(900, 1000);
  EXPECT_EQ(history_.LastMoves().at("a:1"), kStart);
  Read(900, 1000);
  Read(950, 1000);
  Read(950, 1000);
  EXPECT_EQ(history_.LastMoves().at("a:1"), kStart + absl::Seconds(2));
}

}  // namespace
}  // namespace twinwatch
