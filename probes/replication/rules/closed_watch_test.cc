#include "probes/replication/rules/closed_watch.h"

#include <gmock/gmock.h>

namespace twinwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

ServerName Server(const std::string& host, double begun) {
  return {host, 1, static_cast<uint64_t>(absl::ToUnixMillis(At(begun)))};
}

const ServerName kA = Server("a", -1000), kB = Server("b", -900), kC = Server("c", 5);
const ServerName kMaster{"m", 2, 1};

// A cluster as its master tells of it: two servers, which report at each look.
class ClosedWatchTest : public ::testing::Test {
 protected:
  ClosedWatchTest() {
    cluster_.hbase_version = "2.6.1";
    cluster_.master = kMaster;
    cluster_.live_servers = {kA, kB};
    peer_.id = "1";
  }

  void Look(double second) {
    ClosedLook look;
    look.at = At(second);
    look.cluster = cluster_;
    look.peer = peer_;
    look.procedures = procedures_;
    if (watch_.WantsReports()) {
      look.reports.emplace();
      for (const ServerName& server : cluster_.live_servers) {
        if (reports_) ++made_[server];
        look.reports->servers.push_back({server, made_[server], 0});
        ReportedLoad own;
        own.server = server;
        own.peer_id = own.queue_id = "1";
        look.reports->loads.push_back(own);
      }
      for (const auto& [dead, by] : recovered_) {
        ReportedLoad load;
        load.server = by;
        load.peer_id = "1";
        load.queue_id = "1-" + dead.ToString();
        load.recovered = true;
        load.dead_servers = {dead};
        look.reports->loads.push_back(load);
      }
    }
    watch_.Learn(look);
  }
  void Looks(double from, double to) {
    for (double at = from; at <= to; ++at) Look(at);
  }
  // Past the first look's doubts.
  void Settle() {
    Looks(-40, 0);
    ASSERT_THAT(watch_.Dead(), IsEmpty());
  }
  void Kill(const ServerName& server) {
    std::erase(cluster_.live_servers, server);
    cluster_.dead_servers.push_back(server);
  }
  void Crash(const ServerName& server) {
    Kill(server);
    procedures_.push_back({++procedure_, false, false, server});
  }
  void EndProcedures() {
    for (MasterProcedure& procedure : procedures_) procedure.has_ended = true;
  }
  bool Holds(const ServerName& server) const { return watch_.Dead().contains(server); }
  // The process ends, and another begins with what was kept.
  void Restart() { watch_ = ClosedWatch(watch_.kept()); }

  ClusterInfo cluster_;
  Peer peer_;
  std::vector<MasterProcedure> procedures_;
  uint64_t procedure_ = 0;
  std::map<ServerName, ServerName> recovered_;  // whose queue, who has it
  bool reports_ = true;
  std::map<ServerName, int64_t> made_;
  ClosedWatch watch_;
};

TEST_F(ClosedWatchTest, AtFirstNobodyKnowsWhoDiedBefore) {
  Looks(0, 29);
  EXPECT_TRUE(Holds(kEarlierServers));
  Looks(30, 33);
  EXPECT_THAT(watch_.Dead(), IsEmpty());
}

TEST_F(ClosedWatchTest, AQueueThatWasLeftBeforeTheFirstLookHolds) {
  const ServerName old = Server("a", -5000);
  recovered_[old] = kB;
  Looks(0, 60);
  ASSERT_TRUE(Holds(old));
  EXPECT_THAT(watch_.Dead().at(old), HasSubstr("b:1 still ships"));
  recovered_.clear();
  Looks(61, 95);
  EXPECT_THAT(watch_.Dead(), IsEmpty());
}

TEST_F(ClosedWatchTest, ADeadServerHoldsUntilItsQueueHasComeAndGone) {
  Settle();
  Crash(kB);
  Looks(1, 5);
  EXPECT_THAT(watch_.Dead().at(kB), HasSubstr("still hands on"));
  EndProcedures();
  recovered_[kB] = kA;
  Looks(6, 60);
  EXPECT_TRUE(Holds(kB));
  recovered_.clear();
  Looks(61, 63);
  EXPECT_TRUE(Holds(kB)) << "one report may have been made before";
  Looks(64, 66);
  EXPECT_FALSE(Holds(kB));
}

TEST_F(ClosedWatchTest, AQueueThatWasEmptyOrCameAndWentUnseenEndsToo) {
  Settle();
  Crash(kB);
  Look(1);
  EndProcedures();
  Looks(2, 6);
  EXPECT_THAT(watch_.Dead(), IsEmpty());
}

TEST_F(ClosedWatchTest, WithoutTwoReportsOfEveryServerNothingIsProven) {
  Settle();
  Crash(kB);
  Look(1);
  EndProcedures();
  reports_ = false;
  Looks(2, 100);
  EXPECT_TRUE(Holds(kB));
}

TEST_F(ClosedWatchTest, TheMastersProcedureMayBeginLate) {
  Settle();
  Kill(kB);
  Looks(1, 20);
  EXPECT_TRUE(Holds(kB)) << "all have reported, and the master has not begun";
  procedures_.push_back({++procedure_, false, false, kB});
  Looks(21, 80);
  EXPECT_TRUE(Holds(kB));
  EndProcedures();
  Looks(81, 85);
  EXPECT_FALSE(Holds(kB));
}

TEST_F(ClosedWatchTest, OneThatDiedAndWasWorkedOnWhileNobodyLookedEndsAfterAWhile) {
  Settle();
  Restart();
  Kill(kB);
  Looks(600, 628);
  EXPECT_TRUE(Holds(kB));
  EXPECT_FALSE(Holds(kEarlierServers)) << "the same master, and all that live were known";
  Looks(629, 635);
  EXPECT_FALSE(Holds(kB));
}

TEST_F(ClosedWatchTest, WhoHasTakenTheQueueAndDiesHandsItOn) {
  cluster_.live_servers = {kA, kB, kC};
  Looks(10, 50);
  Crash(kC);
  Look(51);
  EndProcedures();
  recovered_[kC] = kB;
  Looks(52, 60);
  // The list that lacks the queue is one that lacks who had it.
  recovered_.clear();
  Crash(kB);
  Looks(61, 70);
  EXPECT_TRUE(Holds(kC));
  recovered_[kC] = kA;
  EndProcedures();
  Looks(71, 80);
  EXPECT_TRUE(Holds(kC));
}

TEST_F(ClosedWatchTest, WhoVanishesBehindTheLastReportVoidsIt) {
  cluster_.live_servers = {kA, kB, kC};
  Looks(10, 50);
  Crash(kC);
  Look(51);
  EndProcedures();
  Looks(52, 54);
  ASSERT_TRUE(Holds(kC)) << "it needs one more look";
  Kill(kB);
  Looks(56, 57);
  EXPECT_TRUE(Holds(kC));
}

TEST_F(ClosedWatchTest, AProcedureThatWasCutShortProvesNothing) {
  Settle();
  Crash(kB);
  Look(1);
  EndProcedures();
  procedures_.back().was_bypassed = true;
  Looks(2, 100);
  EXPECT_THAT(watch_.Dead().at(kB), HasSubstr("cut short"));
  watch_.Waive(kB, At(101));
  EXPECT_FALSE(Holds(kB));
}

TEST_F(ClosedWatchTest, InHBase24OnlyAWaiverEndsIt) {
  cluster_.hbase_version = "2.4.18";
  Looks(0, 100);
  EXPECT_FALSE(watch_.WantsReports());
  ASSERT_TRUE(Holds(kEarlierServers));
  EXPECT_THAT(watch_.Dead().at(kEarlierServers), HasSubstr("--waive-server earlier"));
  watch_.Waive(kEarlierServers, At(101));
  EXPECT_FALSE(Holds(kEarlierServers));
  Crash(kB);
  Look(102);
  EndProcedures();
  Looks(103, 200);
  EXPECT_THAT(watch_.Dead().at(kB), HasSubstr("--waive-server " + kB.ToString()));
  watch_.Waive(kB, At(101));
  EXPECT_TRUE(Holds(kB)) << "it lived then";
  watch_.Waive(kB, At(201));
  EXPECT_FALSE(Holds(kB));
  Look(202);
  EXPECT_THAT(watch_.Waived(), ElementsAre(kB)) << "the master lists it";
}

// It may be a server of HBase 2.4 still, whose queue others of 2.4 take without showing it.
TEST_F(ClosedWatchTest, AServerThatIsOlderThanTheUpgradeNeedsAWaiver) {
  cluster_.hbase_version = "2.4.18";
  Look(0);
  watch_.Waive(kEarlierServers, At(1));
  cluster_.hbase_version = "2.5.12";
  Looks(1, 50);
  Crash(kB);
  Look(51);
  EndProcedures();
  Looks(52, 150);
  EXPECT_TRUE(Holds(kB));
}

TEST_F(ClosedWatchTest, AWaiverSurvivesARestart) {
  Settle();
  Crash(kB);
  procedures_.back().was_bypassed = true;
  EndProcedures();
  Look(1);
  watch_.Waive(kB, At(2));
  Restart();
  Look(3);
  EXPECT_FALSE(Holds(kB));
}

TEST_F(ClosedWatchTest, ALiveServerCannotBeWaived) {
  Settle();
  watch_.Waive(kB, At(1));
  Crash(kB);
  Look(2);
  EXPECT_TRUE(Holds(kB));
}

TEST_F(ClosedWatchTest, OneThatLivesAgainInTheMastersListIsAMemberAgain) {
  Settle();
  Kill(kB);
  Looks(1, 3);
  EXPECT_TRUE(Holds(kB));
  cluster_.live_servers = {kA, kB};
  Look(4);
  EXPECT_FALSE(Holds(kB));
  Crash(kB);
  Look(5);
  EXPECT_TRUE(Holds(kB));
}

// Lives that nobody has seen.
TEST_F(ClosedWatchTest, OneThatBeganAndDiedBetweenTwoLooksIsInTheMastersList) {
  Settle();
  Crash(kC);
  EndProcedures();
  Look(1);
  EXPECT_TRUE(Holds(kC));
}

TEST_F(ClosedWatchTest, OneThatBeganAndDiedWhileTheAgentWasDownToo) {
  Settle();
  Restart();
  Kill(kC);
  cluster_.dead_servers.push_back(Server("z", -90'000));
  Look(600);
  EXPECT_TRUE(Holds(kC));
  EXPECT_FALSE(Holds(Server("z", -90'000))) << "it died before we were here last";
}

TEST_F(ClosedWatchTest, ANewServerAfterAGapMayHaveHadALifeBefore) {
  Settle();
  Restart();
  cluster_.live_servers = {kA, kB, Server("c", 500)};
  Look(600);
  EXPECT_TRUE(Holds(kEarlierServers));
}

TEST_F(ClosedWatchTest, ANewMasterAfterAGapMayHaveForgottenTheDead) {
  Settle();
  cluster_.master = {"m", 2, 2};
  Look(5);
  EXPECT_FALSE(Holds(kEarlierServers)) << "nobody can have lived and died in five seconds";
  cluster_.master = {"m", 2, 3};
  Look(100);
  EXPECT_TRUE(Holds(kEarlierServers));
}

TEST_F(ClosedWatchTest, AWaiverOfEarlierLivesIsNotForLaterOnes) {
  cluster_.hbase_version = "2.4.18";
  Look(0);
  watch_.Waive(kEarlierServers, At(1));
  Look(2);
  EXPECT_FALSE(Holds(kEarlierServers));
  cluster_.master = {"m", 2, 2};
  Look(100);
  EXPECT_TRUE(Holds(kEarlierServers));
  watch_.Waive(kEarlierServers, At(1));
  EXPECT_TRUE(Holds(kEarlierServers));
}

// Whether sources were made anew.
class ClosedStamp : public ClosedWatchTest {
 protected:
  ClosedStamp() {
    Look(0);
    Look(1);
  }
  bool Changes(double second) {
    const PeerStamp before = watch_.stamp();
    Look(second);
    return watch_.stamp() != before;
  }
};

TEST_F(ClosedStamp, RestsWhileNothingHappens) {
  EXPECT_FALSE(Changes(2));
  Crash(kB);
  EXPECT_FALSE(Changes(3)) << "a death makes no sources anew";
}

TEST_F(ClosedStamp, StateAndConfiguration) {
  peer_.enabled = false;
  EXPECT_TRUE(Changes(2));
  peer_.excluded_namespaces = {"n"};
  EXPECT_TRUE(Changes(3));
  peer_.excluded_namespaces.clear();
  peer_.namespaces = {"n"};
  EXPECT_TRUE(Changes(4));
  EXPECT_FALSE(Changes(5));
}

TEST_F(ClosedStamp, DisabledAndEnabledBetweenTwoLooks) {
  procedures_.push_back({++procedure_, true, false, std::nullopt});
  procedures_.push_back({++procedure_, true, false, std::nullopt});
  EXPECT_TRUE(Changes(2));
  EXPECT_FALSE(Changes(3));
  procedures_.clear();
  EXPECT_FALSE(Changes(4)) << "the master has forgotten them";
}

TEST_F(ClosedStamp, AChangeUnderWayIsNewAtEachLook) {
  procedures_.push_back({++procedure_, false, false, std::nullopt});
  EXPECT_TRUE(Changes(2));
  EXPECT_TRUE(Changes(3));
  EndProcedures();
  EXPECT_TRUE(Changes(4)) << "it worked until after the look before";
  EXPECT_FALSE(Changes(5));
}

TEST_F(ClosedStamp, WhatTheMasterMayHaveForgotten) {
  EXPECT_FALSE(Changes(60));
  EXPECT_TRUE(Changes(122));
  EXPECT_FALSE(Changes(123));
}

}  // namespace
}  // namespace twinwatch
