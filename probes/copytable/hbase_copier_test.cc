// The copier against launchers that are shell scripts: what a job may say and do, without HBase.
#include "probes/copytable/hbase_copier.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "probes/process/process_table.h"
#include "tests/support/run_coro.h"

namespace twinwatch::copytable {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Observer : public CopyObserver {
 public:
  void Progressed(const CopyProgress& progress) override { seen.push_back(progress); }
  bool GivenUp() const override { return given_up && !seen.empty(); }

  std::vector<CopyProgress> seen;
  bool given_up = false;
};

class HBaseCopierTest : public ::testing::Test {
 protected:
  HBaseCopierTest() {
    char folder[] = "/tmp/tw-copier-XXXXXX";
    folder_ = mkdtemp(folder);
  }
  ~HBaseCopierTest() override { std::filesystem::remove_all(folder_); }

  // `copy` is what CopyTable does; $C is its class, and each tool of Hadoop's is asked for too.
  void Launcher(const std::string& copy, const std::string& tools = "echo no tools; exit 9") {
    const std::string path = folder_ + "/hbase";
    std::ofstream(path) << "#!/bin/sh\ncase $1 in *.CopyTable)\n"
                        << copy << "\n;; *) echo \"$@\" >> " << folder_ << "/tools\n"
                        << tools << "\n;; esac\n";
    chmod(path.c_str(), 0700);
  }

  StatusOr<CopyOutcome> Copy(milliseconds time = seconds(20), const std::string& command = "") {
    HBaseCopier copier(command.empty() ? folder_ + "/hbase" : command, folder_);
    CopyRequest request;
    request.tag = Tag();
    request.table = request.target_table = {"default", "orders"};
    request.source_key = "a:2181:/hbase";
    request.target_key = "b:2181:/hbase";
    const StatusOr<CopyOutcome> outcome =
        testing::RunCoro(copier.Copy(request, After(time), &observer_));
    EXPECT_THAT(process::RunningWithArgument("mapreduce.job.tags=" + Tag()), IsEmpty());
    return outcome;
  }

  Status EndLeftOver(milliseconds time = seconds(20)) {
    HBaseCopier copier(folder_ + "/hbase", folder_);
    return testing::RunCoro(copier.EndLeftOver(Tag(), After(time)));
  }

  // Of its own for each test and process, as /proc is everybody's.
  std::string Tag() const {
    std::string tag = folder_.substr(folder_.rfind('/') + 1);
    for (char& c : tag) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return tag;
  }

  std::string File(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  std::string Log() const { return File("copytable-" + Tag() + ".log"); }

  std::string folder_;
  Observer observer_;
};

constexpr char kLocal[] = R"(
echo "x INFO JobSubmitter: Submitting tokens for job: job_local1_0001"
echo "x INFO Job:  map 50% reduce 0%"
echo "x INFO Job: Job job_local1_0001 completed successfully"
echo "		Map input records=7"
)";
constexpr char kOnYarn[] = "echo 'x INFO JobSubmitter: Submitting tokens for job: job_17_0001'\n";

TEST_F(HBaseCopierTest, ACopyThatIsCompleted) {
  Launcher(std::string(kLocal) + "echo $HBASE_ROOT_LOGGER");
  const StatusOr<CopyOutcome> outcome = Copy();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(7u, outcome->rows_read);
  EXPECT_EQ(folder_ + "/copytable-" + Tag() + ".log", outcome->log_path);
  EXPECT_THAT(Log(), AllOf(HasSubstr("CopyTable -D hbase.zookeeper.quorum=a:2181"),
                           HasSubstr("Map input records=7"), HasSubstr("INFO,console")));
  ASSERT_EQ(2u, observer_.seen.size());
  EXPECT_EQ(0.5, observer_.seen[0].share);
  EXPECT_EQ(1, observer_.seen[1].share);
  EXPECT_THAT(File("tools"), IsEmpty());
}

TEST_F(HBaseCopierTest, WordsInFrontOfTheLauncher) {
  Launcher(kLocal);
  EXPECT_TRUE(Copy(seconds(20), "env  TW_X=1\t" + folder_ + "/hbase ").ok());
}

TEST_F(HBaseCopierTest, AJobThatFailsSaysSo) {
  Launcher("echo x INFO JobSubmitter: start; echo 'Exception: no table x' >&2; exit 1");
  const Status status = Copy().status();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, status.code());
  EXPECT_THAT(
      std::string(Text(status)),
      AllOf(HasSubstr("exit code 1"), HasSubstr("Exception: no table x"), HasSubstr(".log")));
}

TEST_F(HBaseCopierTest, ExitCode0AloneIsNoCopy) {
  Launcher("exit 0");
  EXPECT_EQ(absl::StatusCode::kUnknown, Copy().status().code())
      << "what does not log may have submitted a job";
  Launcher("echo x INFO HBase says something");
  EXPECT_EQ(absl::StatusCode::kUnknown, Copy().status().code()) << "nor is that who names jobs";
  Launcher("echo x INFO JobSubmitter: something");
  const Status status = Copy().status();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, status.code());
  EXPECT_THAT(std::string(Text(status)), HasSubstr("never said"));
}

TEST_F(HBaseCopierTest, CompletedButWithAnErrorIsNone) {
  Launcher(std::string(kLocal) + "exit 1");
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, Copy().status().code());
}

TEST_F(HBaseCopierTest, NoSuchCommand) {
  const Status status = Copy(seconds(20), folder_ + "/nothing").status();
  EXPECT_EQ(absl::StatusCode::kNotFound, status.code());
  EXPECT_THAT(std::string(Text(status)), AllOf(HasSubstr("/nothing"), HasSubstr("hbase_command")));
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, Copy(seconds(20), "  ").status().code());
}

TEST_F(HBaseCopierTest, TheDeadlineEndsALocalJob) {
  Launcher(
      "echo 'x INFO Submitting tokens for job: job_local1_0001'; trap '' TERM; sleep 1000 & "
      "sleep 1000");
  const Status status = Copy(seconds(1)).status();
  EXPECT_EQ(absl::StatusCode::kDeadlineExceeded, status.code()) << status;
  EXPECT_THAT(File("tools"), IsEmpty()) << "YARN has nothing to do with it";
}

TEST_F(HBaseCopierTest, WhoGivesUpEndsIt) {
  Launcher(std::string(kLocal) + "sleep 1000");
  observer_.given_up = true;
  EXPECT_EQ(absl::StatusCode::kCancelled, Copy().status().code());
}

constexpr char kKilledAtLast[] = R"(
case "$*" in
*-kill*) touch $0.killed ;;
*-status*) if [ -e $0.asked ]; then printf '\tState : KILLED\n'; else printf '\tState : RUNNING\n'; fi
  touch $0.asked ;;
*) exit 9 ;;
esac)";

TEST_F(HBaseCopierTest, TheDeadlineEndsTheApplicationTooAndAsksUntilItIsOver) {
  Launcher(std::string(kOnYarn) + "sleep 1000", kKilledAtLast);
  const Status status = Copy(seconds(1)).status();
  EXPECT_EQ(absl::StatusCode::kDeadlineExceeded, status.code()) << status;
  const std::string yarn = "org.apache.hadoop.yarn.client.cli.ApplicationCLI application ";
  EXPECT_EQ(yarn + "-kill application_17_0001\n" + yarn + "-status application_17_0001\n" + yarn +
                "-status application_17_0001\n",
            File("tools"));
  ASSERT_FALSE(observer_.seen.empty());
  EXPECT_EQ("application_17_0001", observer_.seen[0].application_id);
}

TEST_F(HBaseCopierTest, AClientThatDiesLeavesNoApplication) {
  Launcher(std::string(kOnYarn) + "kill -9 $$", kKilledAtLast);
  const Status status = Copy().status();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, status.code()) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr("killed by signal 9"));
  EXPECT_THAT(File("tools"), HasSubstr("-kill application_17_0001"));
}

TEST_F(HBaseCopierTest, AnApplicationThatIsOverIsLeftAlone) {
  Launcher(
      std::string(kOnYarn) +
      "echo 'x INFO Job: Job job_17_0001 failed with state FAILED due to: Task failed'; exit 1");
  const Status status = Copy().status();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, status.code()) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr("Task failed"));
  EXPECT_THAT(File("tools"), IsEmpty());
}

TEST_F(HBaseCopierTest, AnApplicationWhoseEndCannotBeSeenMayStillRun) {
  Launcher("", "exec /no/such/tool");
  const auto begun = std::chrono::steady_clock::now();
  std::ofstream(folder_ + "/copytable-" + Tag() + ".log")
      << "x INFO Submitting tokens for job: job_17_0001\n";
  const Status status = EndLeftOver(seconds(2));
  EXPECT_EQ(absl::StatusCode::kUnknown, status.code()) << status;
  EXPECT_THAT(std::string(Text(status)), HasSubstr("whether application_17_0001 still runs"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10));
}

TEST_F(HBaseCopierTest, WhatIsLeftOverIsFoundByItsTag) {
  // Nobody waits for these: as if whoever began them had died.
  Launcher(kLocal, "echo 'Total jobs:0'");
  // Seen before it has a session of its own it would be one of ours.
  ASSERT_EQ(0, system(fmt::format("setsid sh -c 'echo > {}/up; while :; do sleep 0.1; done' "
                                  "mapreduce.job.tags={} </dev/null >/dev/null 2>&1 &",
                                  folder_, Tag())
                          .c_str()));
  for (int i = 0; i < 500 && !std::filesystem::exists(folder_ + "/up"); ++i) usleep(20000);
  ASSERT_TRUE(std::filesystem::exists(folder_ + "/up"));
  ASSERT_THAT(process::RunningWithArgument("mapreduce.job.tags=" + Tag()), Not(IsEmpty()));
  const Status status = EndLeftOver();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(process::RunningWithArgument("mapreduce.job.tags=" + Tag()), IsEmpty());
  EXPECT_EQ("org.apache.hadoop.mapreduce.tools.CLI -list\n", File("tools"));
}

TEST_F(HBaseCopierTest, WhatIsLeftOverOnYarnIsEndedByIdOrTag) {
  Launcher("", kKilledAtLast);
  std::ofstream(folder_ + "/copytable-" + Tag() + ".log")
      << "x INFO Submitting tokens for job: job_17_0001\n";
  EXPECT_TRUE(EndLeftOver().ok());
  EXPECT_THAT(File("tools"), HasSubstr("-kill application_17_0001"));

  std::filesystem::remove(folder_ + "/copytable-" + Tag() + ".log");
  std::filesystem::remove(folder_ + "/tools");
  Launcher("", std::string("case \"$*\" in *tools.CLI*) echo 'Total jobs:2'; exit;; *-appTags*) "
                           "echo '  application_18_0002\t  name application_1_1'; exit;; esac\n") +
                   kKilledAtLast);
  EXPECT_TRUE(EndLeftOver().ok());
  EXPECT_THAT(File("tools"),
              AllOf(HasSubstr("-appTags " + Tag()), HasSubstr("-kill application_18_0002"),
                    Not(HasSubstr("-kill application_1_1"))));
}

TEST_F(HBaseCopierTest, ALocalJobLeavesNothingToAsk) {
  Launcher("");
  std::ofstream(folder_ + "/copytable-" + Tag() + ".log")
      << "x INFO Submitting tokens for job: job_local17_0001\n";
  EXPECT_TRUE(EndLeftOver().ok());
  EXPECT_THAT(File("tools"), IsEmpty());
}

}  // namespace
}  // namespace twinwatch::copytable
