#include "probes/replication/heartbeat.h"

#include <gtest/gtest.h>

namespace twinwatch {
namespace {

const ServerName kServer{"rs1.example.com", 16020, 1795456736949};

Heartbeat Example() {
  Heartbeat beat;
  beat.sequence = 42;
  beat.sent = absl::FromUnixMillis(1795456800123);
  beat.members = {kServer, {"rs2", 16020, 7}};
  beat.epoch.peer = PeerStamp{10, 20, 30};
  beat.epoch.start_codes = {1795456736949, 7};
  beat.epoch.queue_ids = {"1-rs3,16020,5", "1", "1"};
  beat.epoch.rewinds = 3;
  return beat;
}

constexpr char kGolden[] =
    "twinwatch-beat 1\n"
    "sequence 42\n"
    "sent 1795456800123\n"
    "member rs1.example.com,16020,1795456736949\n"
    "member rs2,16020,7\n"
    "peer 10 20 30\n"
    "start 7\n"
    "start 1795456736949\n"
    "queue 1\n"
    "queue 1\n"
    "queue 1-rs3,16020,5\n"
    "rewinds 3\n";

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

TEST(Heartbeat, GoldenValue) {
  EXPECT_EQ(*FormatHeartbeat(Example()), kGolden);
  EXPECT_EQ(*ParseHeartbeat(kGolden), Example());
}

TEST(Heartbeat, QueuesThatWereNotReadStayAbsent) {
  Heartbeat beat;
  beat.epoch = EpochOf({kServer}, std::nullopt, 0);
  const StatusOr<Heartbeat> again = ParseHeartbeat(*FormatHeartbeat(beat));
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->epoch.peer.has_value());
}

TEST(Heartbeat, NamesOfAnyBytesGoThereAndBack) {
  Heartbeat beat = Example();
  beat.members = {{std::string("a\nrewinds 9\\\0", 12), 1, 2}};
  beat.epoch.queue_ids = {"1-\xff\n"};
  EXPECT_EQ(*ParseHeartbeat(*FormatHeartbeat(beat)), beat);
}

TEST(Heartbeat, NothingElseIsTaken) {
  const std::string golden = kGolden;
  for (const std::string& text :
       {std::string(), std::string("twinwatch-beat 1"), std::string("twinwatch-beat 1\n"),
        Replaced(golden, "beat 1", "beat 2"), golden + "x", golden + "\n",
        golden.substr(0, golden.size() - 1), Replaced(golden, "42", "042"),
        Replaced(golden, "42", "-1"), Replaced(golden, "42", "99999999999999999999"),
        Replaced(golden, "sequence 42\n", ""), Replaced(golden, "16020", "70000"),
        Replaced(golden, "10 20 30", "10 20"), Replaced(golden, "10 20 30", "10  20 30"),
        Replaced(golden, "start 7\n", "") + "start 7\n",
        Replaced(golden, "queue 1\n", "queue \\x31\n"),
        Replaced(golden, "member rs2", "member rs\\2")}) {
    EXPECT_EQ(ParseHeartbeat(text).status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

TEST(Heartbeat, TooLargeIsRefusedOnBothWays) {
  Heartbeat beat;
  beat.members.assign(500'000, kServer);
  EXPECT_EQ(FormatHeartbeat(beat).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ParseHeartbeat(std::string(5u << 20, 'x')).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(HeartbeatEpoch, ChangesWithServersQueuesPeerAndRewinds) {
  QueueReading queues;
  queues.peer_stamp = PeerStamp{1, 2, 3};
  queues.queues.resize(1);
  queues.queues[0].queue_id = "1";
  const HeartbeatEpoch epoch = EpochOf({kServer}, queues, 0);
  EXPECT_EQ(epoch, EpochOf({kServer}, queues, 0));
  EXPECT_NE(epoch, EpochOf({kServer}, queues, 1));
  EXPECT_NE(epoch, EpochOf({{"rs1.example.com", 16020, 8}}, queues, 0));
  EXPECT_NE(epoch, EpochOf({kServer}, std::nullopt, 0));
  QueueReading changed = queues;
  changed.peer_stamp->state = 4;
  EXPECT_NE(epoch, EpochOf({kServer}, changed, 0));
  changed = queues;
  changed.queues.push_back({});
  changed.queues[1].queue_id = "1-rs2,1,1";
  EXPECT_NE(epoch, EpochOf({kServer}, changed, 0));
}

TEST(HeartbeatKey, LiesInItsRegionAndSaysWhose) {
  const HeartbeatRow row{"6e1d-id", kServer, "w1"};
  const StatusOr<HeartbeatRow> again = ParseHeartbeatKey(*HeartbeatKey({"1f", "20"}, row));
  EXPECT_EQ(HeartbeatKey({"1f", "20"}, row), "1f/6e1d-id/rs1.example.com,16020,1795456736949/w1");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, row);
  EXPECT_TRUE(HeartbeatKey({"", "01"}, row).has_value());
  EXPECT_TRUE(HeartbeatKey({"", ""}, row).has_value());
  EXPECT_TRUE(HeartbeatKey({"ff", ""}, row).has_value());
}

TEST(HeartbeatKey, NoneWhereItDoesNotFit) {
  const HeartbeatRow row{"6e1d-id", kServer, "w1"};
  EXPECT_EQ(HeartbeatKey({"1f", "1f\x01"}, row), std::nullopt);
  EXPECT_EQ(HeartbeatKey({"", "/"}, row), std::nullopt);
  EXPECT_EQ(HeartbeatKey({"1f", "20"}, {"a/b", kServer, "w1"}), std::nullopt);
  EXPECT_EQ(HeartbeatKey({"1f", "20"}, {"", kServer, "w1"}), std::nullopt);
}

TEST(HeartbeatKey, OtherKeysAreNone) {
  for (const char* key : {"", "a", "a/b/c", "1f//rs,1,1/w", "1f/id/rs,1/w", "1f/id/rs,1,1/"})
    EXPECT_EQ(ParseHeartbeatKey(key).status().code(), absl::StatusCode::kDataLoss) << key;
}

TEST(HeartbeatKey, WritersDiffer) { EXPECT_NE(NewWriterId(), NewWriterId()); }

}  // namespace
}  // namespace twinwatch
