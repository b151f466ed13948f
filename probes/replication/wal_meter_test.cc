#include "probes/replication/wal_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using testing::RunCoro;
using ::testing::UnorderedElementsAre;

std::string Name(int i) { return "a%2C1%2C10." + std::to_string(1700000000000 + i); }

struct FakeWalFiles : public WalFiles {
  std::vector<std::string> asked;

  Task<StatusOr<uint64_t>> FreeBytes() override { co_return uint64_t{1} << 40; }
  Task<StatusOr<WalFile>> Measure(std::string wal) override {
    asked.push_back(wal);
    WalFile file;
    file.bytes = 100;
    co_return file;
  }
};

QueueReading OneQueue(int wals) {
  QueueReading reading;
  WalQueue& queue = reading.queues.emplace_back();
  queue.owner = {"a", 1, 10};
  queue.queue_id = "1";
  for (int i = 0; i < wals; ++i) queue.wals.push_back({Name(i), std::nullopt, 0});
  return reading;
}

TEST(OpenWals, TheNewestOfEachGroupOfALiveServer) {
  QueueReading reading = OneQueue(3);
  reading.queues[0].wals.push_back({"a%2C1%2C10.group.1700000000001", std::nullopt, 0});
  WalQueue& claimed = reading.queues.emplace_back();
  claimed.owner = {"a", 1, 10};
  claimed.dead_servers = {{"b", 1, 20}};
  claimed.wals.push_back({"b%2C1%2C20.1700000000009", std::nullopt, 0});
  EXPECT_THAT(OpenWals(reading), UnorderedElementsAre(Name(2), "a%2C1%2C10.group.1700000000001"));
}

TEST(WalMeter, AllAreMeasuredAndTheOpenOneFirst) {
  FakeWalFiles files;
  WalMeter meter(&files);
  const QueueReading reading = OneQueue(3);
  const WalLengths lengths = RunCoro(meter.Measure(&reading, std::chrono::seconds(1)));
  EXPECT_EQ(lengths.size(), 3u);
  EXPECT_THAT(files.asked, ElementsAre(Name(2), Name(0), Name(1)));
}

// One that was closed just now may still grow.
TEST(WalMeter, WhatIsNotSettledIsAskedForAgain) {
  FakeWalFiles files;
  WalMeter meter(&files);
  const QueueReading reading = OneQueue(2);
  (void)RunCoro(meter.Measure(&reading, std::chrono::seconds(1)));
  (void)RunCoro(meter.Measure(&reading, std::chrono::seconds(1)));
  EXPECT_EQ(files.asked.size(), 4u);
}

TEST(WalMeter, WithoutTimeNothingIsKnown) {
  FakeWalFiles files;
  WalMeter meter(&files);
  const QueueReading reading = OneQueue(2);
  const WalLengths lengths = RunCoro(meter.Measure(&reading, std::chrono::milliseconds(-1)));
  EXPECT_TRUE(files.asked.empty());
  EXPECT_FALSE(lengths.at(Name(0)).ok());
  EXPECT_FALSE(lengths.at(Name(1)).ok());
}

}  // namespace
}  // namespace twinwatch
