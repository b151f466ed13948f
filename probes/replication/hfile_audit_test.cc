#include "probes/replication/hfile_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_cluster.h"
#include "tests/fakes/fake_folders.h"
#include "tests/support/run_coro.h"

namespace twinwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using twinwatch::testing::FakeCluster;
using twinwatch::testing::FakeFolders;
using twinwatch::testing::RunCoro;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
constexpr char kFolder[] = "data/default/t/r1/cf/";

class HFileAuditTest : public ::testing::Test {
 protected:
  HFileAuditTest() {
    parts_.source = &source_;
    parts_.folders = &folders_;
    parts_.peer.id = "1";
    folders_.files = {std::string(kFolder) + "other"};
  }

  void AddRef(const std::string& name, absl::Duration age) {
    source_.hfile_refs->refs.push_back({name, absl::ToUnixMillis(now_ - age)});
    ++source_.hfile_refs->count;
  }

  // A minute later.
  const HFileFindings& Turn(std::optional<absl::Time> watermark = std::nullopt) {
    if (!audit_) audit_.emplace(parts_);
    folders_.listed.clear();
    RunVoid(audit_->Turn(watermark, now_));
    now_ += absl::Minutes(1);
    return audit_->findings();
  }

  static Task<bool> Then(Task<void> task) {
    co_await std::move(task);
    co_return true;
  }
  static void RunVoid(Task<void> task) { RunCoro(Then(std::move(task))); }

  FakeCluster source_{"a:1:/hbase"};
  FakeFolders folders_;
  HFileAuditParts parts_;
  std::optional<HFileAudit> audit_;
  absl::Time now_ = kStart;
};

TEST_F(HFileAuditTest, AFileThatWaitsAndIsThere) {
  AddRef("one", absl::Minutes(2));
  folders_.files.insert(std::string(kFolder) + "one");
  EXPECT_EQ(Turn().gone, 0u);
  EXPECT_EQ(audit_->findings().leaked, 0u);
  EXPECT_EQ(audit_->findings().unknown, std::nullopt);
  // What was found is found again with one list.
  EXPECT_EQ(Turn().gone, 0u);
  EXPECT_THAT(folders_.listed, ElementsAre("data/default/t/r1/cf"));
}

TEST_F(HFileAuditTest, GoneAfterTwoSearches) {
  AddRef("one", absl::Minutes(2));
  EXPECT_EQ(Turn().gone, std::nullopt);
  EXPECT_THAT(*audit_->findings().unknown, HasSubstr("looked for once more"));
  EXPECT_EQ(Turn().gone, 1u);
  EXPECT_THAT(audit_->findings().some_gone, ElementsAre("one"));
  // It stays gone without a search each minute, and is looked for again later: it was put back.
  EXPECT_EQ(Turn().gone, 1u);
  EXPECT_TRUE(folders_.listed.empty());
  folders_.files.insert("archive/" + std::string(kFolder) + "one");
  for (int i = 0; i < 5; ++i) Turn();
  EXPECT_EQ(audit_->findings().gone, 0u);
}

TEST_F(HFileAuditTest, AFileThatIsTakenAwayAfterItWasFound) {
  AddRef("one", absl::Minutes(2));
  folders_.files.insert(std::string(kFolder) + "one");
  EXPECT_EQ(Turn().gone, 0u);
  folders_.files.erase(std::string(kFolder) + "one");
  EXPECT_EQ(Turn().gone, std::nullopt);
  EXPECT_EQ(Turn().gone, 1u);
}

TEST_F(HFileAuditTest, WhatIsShippedMeanwhileNeedsNoFile) {
  AddRef("one", absl::Minutes(2));
  EXPECT_EQ(Turn().gone, std::nullopt);
  // During the search that would say so.
  folders_.before_list = [this](const std::string&) { source_.hfile_refs = HFileRefs(); };
  EXPECT_EQ(Turn(), NoHFiles());
}

TEST_F(HFileAuditTest, YoungOnesAreNotLookedFor) {
  AddRef("one", absl::Seconds(59));
  EXPECT_EQ(Turn().gone, 0u);
  EXPECT_TRUE(folders_.listed.empty());
  EXPECT_EQ(Turn().gone, std::nullopt);
}

TEST_F(HFileAuditTest, LeakedOnesAreNotLookedFor) {
  AddRef("one", absl::Hours(2));
  EXPECT_EQ(Turn(now_ - absl::Hours(2) + absl::Minutes(6)).leaked, 1u);
  EXPECT_EQ(audit_->findings().gone, 0u);
  EXPECT_THAT(audit_->findings().some_leaked, ElementsAre("one"));
  EXPECT_TRUE(folders_.listed.empty());
}

TEST_F(HFileAuditTest, WithoutAWatermarkFilesAreLookedForAllTheSame) {
  AddRef("one", absl::Hours(2));
  folders_.files.insert(std::string(kFolder) + "one");
  EXPECT_EQ(Turn().leaked, std::nullopt);
  EXPECT_EQ(audit_->findings().gone, 0u);
  EXPECT_THAT(*audit_->findings().unknown, HasSubstr("twinwatch lag"));
}

TEST_F(HFileAuditTest, NobodyCanBeAsked) {
  parts_.folders = nullptr;
  parts_.why_no_folders = "a cluster key names no file system";
  AddRef("one", absl::Minutes(2));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Turn().gone, std::nullopt);
  EXPECT_THAT(*audit_->findings().unknown, HasSubstr("names no file system"));
}

TEST_F(HFileAuditTest, WhatWasNotSearchedIsNotGone) {
  for (int i = 0; i < 50; ++i) folders_.files.insert(fmt::format("data/default/t/r{}/cf/f", i));
  parts_.folders_a_turn = 10;
  AddRef("one", absl::Minutes(2));
  EXPECT_EQ(Turn().gone, std::nullopt);
  EXPECT_THAT(*audit_->findings().unknown, HasSubstr("10 folders were searched"));
  // What was in vain is not done each minute.
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(Turn().gone, std::nullopt);
    EXPECT_TRUE(folders_.listed.empty());
  }
  Turn();
  EXPECT_EQ(folders_.listed.size(), 10u);
}

TEST_F(HFileAuditTest, AFileSystemThatFailsIsAskedAgain) {
  folders_.fails["data"] = absl::UnavailableError("nn:1: no connection");
  AddRef("one", absl::Minutes(2));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Turn().gone, std::nullopt);
  EXPECT_THAT(*audit_->findings().unknown, HasSubstr("nn:1: no connection"));
  folders_.fails.clear();
  folders_.files.insert(std::string(kFolder) + "one");
  EXPECT_EQ(Turn().gone, 0u);
}

TEST_F(HFileAuditTest, ZooKeeperThatFailsLeavesNothingKnown) {
  AddRef("one", absl::Minutes(2));
  Turn();
  Turn();
  source_.hfile_refs = absl::UnavailableError("zk1:2181: no session");
  EXPECT_EQ(Turn().gone, std::nullopt);
  EXPECT_EQ(audit_->findings().leaked, std::nullopt);
  EXPECT_THAT(*audit_->findings().unknown, HasSubstr("zk1:2181"));
}

}  // namespace
}  // namespace twinwatch
