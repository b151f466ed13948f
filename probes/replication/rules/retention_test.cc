#include "probes/replication/rules/retention.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

std::string Name(int i) { return "a%2C1%2C10." + std::to_string(1700000000000 + i); }

// Three WALs: two archived, and the one that is written to.
LinkReading ThreeWals() {
  LinkReading reading;
  WalQueue& queue = reading.queues.queues.emplace_back();
  queue.owner = {"a", 1, 10};
  queue.queue_id = "1";
  for (int i = 0; i < 3; ++i) {
    queue.wals.push_back({Name(i), std::nullopt, 0});
    WalFile file;
    file.bytes = 100;
    file.place = i < 2 ? WalFile::Place::kOldWals : WalFile::Place::kWals;
    reading.lengths.emplace(Name(i), file);
  }
  return reading;
}

TEST(RetainedBytes, ArchivedWalsThatNoOtherPeerKeeps) {
  EXPECT_EQ(RetainedBytes(ThreeWals(), {}), 200u);
  EXPECT_EQ(RetainedBytes(ThreeWals(), {Name(0)}), 100u);
}

TEST(RetainedBytes, UnknownWhenAClosedOneIs) {
  LinkReading reading = ThreeWals();
  reading.lengths.erase(Name(2));
  EXPECT_EQ(RetainedBytes(reading, {}), 200u) << "the open one is not retained";
  reading.lengths.erase(Name(0));
  EXPECT_EQ(RetainedBytes(reading, {}), std::nullopt);
  reading.lengths.emplace(Name(0), absl::NotFoundError("nowhere"));
  EXPECT_EQ(RetainedBytes(reading, {}), 100u) << "what is missing takes no space";
}

TEST(Runway, TheSpaceThatIsLeftAtThePaceOfTheLastHour) {
  Runway runway;
  EXPECT_EQ(runway.Left(), std::nullopt);
  for (int minute = 0; minute <= 9; ++minute)
    runway.Add(kStart + absl::Minutes(minute), 600 * static_cast<uint64_t>(minute), 36'000);
  EXPECT_EQ(runway.Left(), std::nullopt) << "too short to tell";
  runway.Add(kStart + absl::Minutes(10), 6000, 36'000);
  EXPECT_EQ(runway.Left(), absl::Hours(1));
  for (int minute = 11; minute <= 80; ++minute)
    runway.Add(kStart + absl::Minutes(minute), 6000, 36'000);
  EXPECT_EQ(runway.Left(), std::nullopt) << "it does not grow";
}

TEST(Runway, UnknownWithoutSpaceOrBytes) {
  Runway runway;
  runway.Add(kStart, 0, 36'000);
  runway.Add(kStart + absl::Minutes(20), 1000, std::nullopt);
  EXPECT_EQ(runway.Left(), std::nullopt);
  runway.Add(kStart + absl::Minutes(21), std::nullopt, 36'000);
  EXPECT_EQ(runway.Left(), std::nullopt);
}

}  // namespace
}  // namespace twinwatch
