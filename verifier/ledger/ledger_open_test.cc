#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/support/ledger_fixture.h"
#include "verifier/ledger/schema.h"

namespace twinwatch::ledger {
namespace {

using testing::HasSubstr;

class LedgerOpen : public LedgerTest {
 protected:
  void Write(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }
  std::string Content() {
    std::ostringstream content;
    content << std::ifstream(path_, std::ios::binary).rdbuf();
    return content.str();
  }
  // Of another program that has the file open.
  std::unique_ptr<Database> Other() {
    auto database = Database::Open(path_, absl::ZeroDuration());
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }
  void Refused(absl::StatusCode code, const std::string& says) {
    const auto ledger = Ledger::Open(path_, OpenMode::kCreate, absl::Milliseconds(20));
    EXPECT_EQ(ledger.status().code(), code) << ledger.status();
    EXPECT_THAT(std::string(Text(ledger.status())), HasSubstr(path_));
    EXPECT_THAT(std::string(Text(ledger.status())), HasSubstr(says));
  }
};

TEST_F(LedgerOpen, MakesItsFolderForItsUserAlone) {
  path_ = folder_ + "/a/b/ledger.sqlite";
  OpenAll();
  for (const std::string& name : {folder_ + "/a", folder_ + "/a/b"}) {
    struct stat found {};
    ASSERT_EQ(stat(name.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700u) << name;
  }
  for (const std::string& name : {path_, path_ + "-wal", path_ + "-shm"}) {
    struct stat found {};
    ASSERT_EQ(stat(name.c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(LedgerOpen, IsInWalModeAndFindsItsPairAgain) {
  OpenAll();
  const PairId before = pair_;
  ledger_.reset();
  OpenAll();
  EXPECT_EQ(pair_, before);
  Pair renamed = TwoClusters();
  renamed.source_name = "zk9:2181:/hbase";
  EXPECT_EQ(*ledger_->NotePair(renamed, At(1)), pair_);
  const auto pairs = ledger_->Pairs();
  ASSERT_TRUE(pairs.ok());
  ASSERT_EQ(pairs->size(), 1u);
  EXPECT_EQ(pairs->front().source_name, "zk9:2181:/hbase");
  EXPECT_EQ(pairs->front().source_id, "id-a");
  const auto other = Other();
  auto mode = other->Prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode.ok() && *mode->Step());
  EXPECT_EQ(mode->BytesAt(0), "wal");
}

TEST_F(LedgerOpen, AClusterWithoutAnIdIsNoPair) {
  OpenAll();
  Pair pair = TwoClusters();
  pair.target_id = "";
  EXPECT_EQ(ledger_->NotePair(pair, At(0)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(LedgerOpen, ThereIsNone) {
  const auto ledger = Ledger::Open(path_, OpenMode::kExisting);
  EXPECT_EQ(ledger.status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(LedgerOpen, GarbageIsLeftAsItIs) {
  const std::string garbage(10'000, 'x');
  Write(garbage);
  Refused(absl::StatusCode::kDataLoss, "left as it is");
  EXPECT_EQ(Content(), garbage);
}

TEST_F(LedgerOpen, ADamagedPageIsFoundWhenItIsRead) {
  OpenAll();
  std::vector<DriftFinding> findings;
  for (int i = 0; i < 2000; ++i) findings.push_back(Confirmed(fmt::format("row{:05}", i)));
  ASSERT_TRUE(ledger_->Note(pair_, By("r1", 0), findings).ok());
  ledger_.reset();
  std::string content = Content();
  ASSERT_GT(content.size(), 100'000u);
  for (size_t at = 60'000; at < content.size(); ++at) content[at] = 'x';
  Write(content);
  const auto ledger = Ledger::Open(path_, OpenMode::kCreate);
  const Status status = ledger.ok() ? (*ledger)->OpenDrift(1, {}).status() : ledger.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr(path_));
}

TEST_F(LedgerOpen, ADamagedSchemaIsDescribed) {
  OpenAll();
  ledger_.reset();
  std::string content = Content();
  for (size_t at = 100; at < 4096; ++at) content[at] = 'x';
  Write(content);
  Refused(absl::StatusCode::kDataLoss, "damaged");
  EXPECT_EQ(Content(), content);
}

TEST_F(LedgerOpen, ANewerVersionIsLeftAsItIs) {
  OpenAll();
  ledger_.reset();
  ASSERT_TRUE(Other()->Execute("PRAGMA user_version = 99").ok());
  const std::string before = Content();
  Refused(absl::StatusCode::kFailedPrecondition, "version 99");
  EXPECT_EQ(Content(), before);
}

// As version 1 left it: without the tables that came since.
TEST_F(LedgerOpen, AnOlderVersionIsBroughtUpAndKeepsWhatItHolds) {
  OpenAll();
  ASSERT_TRUE(ledger_->Note(pair_, By("r1", 0), {Confirmed("a")}).ok());
  ledger_.reset();
  ASSERT_TRUE(
      Other()
          ->Execute("DROP TABLE peer_states; DROP TABLE missing_wals; DROP INDEX drift_resolved; "
                    "DROP TABLE watermarks; DROP TABLE future_cells; DROP TABLE future_rows; "
                    "DROP TABLE closed_watches; DROP TABLE closed_members; "
                    "PRAGMA user_version = 1")
          .ok());
  ASSERT_NO_FATAL_FAILURE(OpenAll());
  EXPECT_THAT(Open(), testing::ElementsAre("a confirmed"));
  EXPECT_TRUE(ledger_->NotePeer("id-a", "1", {At(0), PeerState::kEnabled}).ok());
  EXPECT_EQ(*Other()->Number("PRAGMA user_version"), kSchemaVersion);
}

// As version 4 left it, which knew of no cells of the future.
TEST_F(LedgerOpen, TheVersionBeforeKnowsNothingOfTheFuture) {
  OpenAll();
  ASSERT_TRUE(ledger_->SetMark(pair_, Table("t"), MarkKind::kFullPassAt, {At(5), "r1"}).ok());
  ledger_.reset();
  ASSERT_TRUE(Other()
                  ->Execute("DROP TABLE future_cells; DROP TABLE future_rows; "
                            "DROP TABLE closed_watches; DROP TABLE closed_members; "
                            "PRAGMA user_version = 4")
                  .ok());
  ASSERT_NO_FATAL_FAILURE(OpenAll());
  EXPECT_EQ(*Other()->Number("PRAGMA user_version"), kSchemaVersion);
  EXPECT_TRUE(ledger_->AllFutureCells(pair_)->empty());
  EXPECT_EQ(ledger_->Marks(pair_)->at(Table("t")).full_pass_at->at, At(5));
  FutureCells found;
  found.as_of = At(6);
  EXPECT_TRUE(ledger_->KeepFutureCells(pair_, Table("t"), found).ok());
  EXPECT_EQ(ledger_->AllFutureCells(pair_)->at(Table("t")), found);
}

// As version 5 left it: the watermark stays, and nothing is known of members.
TEST_F(LedgerOpen, TheVersionBeforeKnowsNoMembers) {
  OpenAll();
  const KeptWatermark kept{7, At(5)};
  ASSERT_TRUE(ledger_->KeepWatermark("id-a", "1", {"a-b", "a"}, kept, At(5)).ok());
  ledger_.reset();
  ASSERT_TRUE(Other()
                  ->Execute("DROP TABLE closed_watches; DROP TABLE closed_members; "
                            "PRAGMA user_version = 5")
                  .ok());
  ASSERT_NO_FATAL_FAILURE(OpenAll());
  EXPECT_EQ(*Other()->Number("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(*ledger_->Watermark("id-a", "1"), kept);
  EXPECT_EQ(*ledger_->ClosedWatchOf("id-a", "1"), std::nullopt);
  EXPECT_TRUE(ledger_->KeepClosedWatch("id-a", "1", {At(6), "m,1,1", {}}).ok());
}

TEST_F(LedgerOpen, AnotherProgramsFileIsLeftAsItIs) {
  Write("");
  ASSERT_TRUE(Other()->Execute("CREATE TABLE theirs(x); PRAGMA user_version = 1").ok());
  Refused(absl::StatusCode::kFailedPrecondition, "another program");
  ASSERT_TRUE(Other()->Execute("PRAGMA user_version = 0").ok());
  Refused(absl::StatusCode::kFailedPrecondition, "another program");
}

TEST_F(LedgerOpen, LockedByAnotherWhoNeverLetsGo) {
  OpenAll();
  ledger_.reset();
  const std::unique_ptr<Database> other = Other();
  ASSERT_TRUE(other->Execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").ok());
  Refused(absl::StatusCode::kUnavailable, "locked by another process");
}

TEST_F(LedgerOpen, AWriterKeepsOtherWritersOutAndNoReaders) {
  ASSERT_NO_FATAL_FAILURE(OpenAll());
  auto reader = Ledger::Open(path_, OpenMode::kExisting, absl::Milliseconds(20));
  ASSERT_TRUE(reader.ok()) << reader.status();
  const std::unique_ptr<Database> other = Other();
  ASSERT_TRUE(other->Execute("BEGIN IMMEDIATE").ok());
  EXPECT_TRUE((*reader)->OpenDrift(pair_, {}).ok());
  EXPECT_EQ((*reader)->Note(pair_, By("r1", 0), {Suspect("a")}).code(),
            absl::StatusCode::kUnavailable);
  ASSERT_TRUE(other->Execute("COMMIT").ok());
  EXPECT_TRUE((*reader)->Note(pair_, By("r1", 0), {Suspect("a")}).ok());
}

// In a process of its own: the limit is for the whole process.
TEST_F(LedgerOpen, NoSpaceLeft) {
  OpenAll();
  ASSERT_TRUE(ledger_->Note(pair_, By("r1", 0), {Confirmed("a")}).ok());
  ledger_.reset();
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto ledger = Ledger::Open(path_, OpenMode::kExisting);
    std::vector<DriftFinding> findings;
    for (int i = 0; i < 20'000; ++i) findings.push_back(Confirmed(fmt::format("row{:05}", i)));
    const Status status =
        ledger.ok() ? (*ledger)->Note(pair_, By("r2", 1), findings) : ledger.status();
    std::ofstream(folder_ + "/said") << status;
    _exit(0);
  }
  int code = 0;
  waitpid(child, &code, 0);
  EXPECT_EQ(code, 0);
  std::ostringstream said;
  said << std::ifstream(folder_ + "/said").rdbuf();
  EXPECT_THAT(said.str(), HasSubstr("FAILED_PRECONDITION: no space is left for the ledger"));
  OpenAll();
  EXPECT_THAT(Open(), testing::ElementsAre("a confirmed"));
}

TEST_F(LedgerOpen, AFolderThatCannotBeMade) {
  std::ofstream(folder_ + "/file") << "x";
  path_ = folder_ + "/file/b/ledger.sqlite";
  const auto ledger = Ledger::Open(path_, OpenMode::kCreate);
  EXPECT_FALSE(ledger.ok());
  EXPECT_THAT(std::string(Text(ledger.status())), HasSubstr(folder_ + "/file"));
}

// Root may write everywhere, so another user tries.
TEST_F(LedgerOpen, WithoutPermission) {
  OpenAll();
  ledger_.reset();
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    if (geteuid() != 65534) std::filesystem::permissions(folder_, std::filesystem::perms::none);
    const auto ledger = Ledger::Open(path_, OpenMode::kExisting);
    _exit(ledger.status().code() == absl::StatusCode::kPermissionDenied ? 0 : 1);
  }
  int code = 0;
  waitpid(child, &code, 0);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace twinwatch::ledger
