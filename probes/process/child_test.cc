#include "probes/process/child.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <thread>

#include "probes/process/process_table.h"
#include "tests/support/run_coro.h"

namespace twinwatch::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Seen {
  std::vector<std::string> lines;
  StatusOr<Exit> exit = absl::UnknownError("not waited for");
  Status end = absl::UnknownError("not ended");
  pid_t pid = 0;
};

Program Script(std::string text) { return {{"/bin/sh", "-c", std::move(text)}, {}}; }

// Runs it for so long, then ends it.
Task<StatusOr<Seen>> RunFor(Program program, milliseconds time, milliseconds grace) {
  Seen seen;
  const Executor executor = co_await boost::asio::this_coro::executor;
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<Child> child,
                      Child::Start(executor, program,
                                   [&](std::string_view line) { seen.lines.emplace_back(line); }));
  seen.pid = child->pid();
  seen.exit = co_await child->Wait(After(time));
  seen.end = co_await child->End(grace);
  if (!seen.exit.ok()) seen.exit = co_await child->Wait(After(milliseconds(0)));
  co_return seen;
}

StatusOr<Seen> RunIt(Program program, milliseconds time = seconds(20),
                     milliseconds grace = seconds(5)) {
  return testing::RunCoro(RunFor(std::move(program), time, grace));
}

// Nobody of it runs. What it left to init may be a zombie for a moment, or for ever where init does
// not reap.
void ExpectNothingLeft(const Seen& seen) {
  EXPECT_THAT(RunningOfGroup(seen.pid), IsEmpty());
  EXPECT_EQ(-1, waitpid(seen.pid, nullptr, WNOHANG)) << "a zombie is left";
}

TEST(Child, ItsLinesAndHowItEnded) {
  const StatusOr<Seen> seen = RunIt(Script("echo one; echo two >&2; printf three; exit 3"));
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_THAT(seen->lines, ElementsAre("one", "two", "three"));
  ASSERT_TRUE(seen->exit.ok()) << seen->exit.status();
  EXPECT_EQ("exit code 3", seen->exit->ToString());
  EXPECT_FALSE(seen->exit->ok());
  EXPECT_TRUE(seen->end.ok()) << seen->end;
  ExpectNothingLeft(*seen);
}

TEST(Child, AllThatItPrintsArrives) {
  const StatusOr<Seen> seen =
      RunIt(Script("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"));
  ASSERT_TRUE(seen.ok()) << seen.status();
  ASSERT_THAT(seen->lines, SizeIs(20000));
  EXPECT_EQ("line 19999", seen->lines.back());
  EXPECT_TRUE(seen->exit->ok());
}

TEST(Child, WordsAreNotForAShell) {
  const std::string odd = "a b;$HOME `id` \"'\\*\n.";
  const StatusOr<Seen> seen = RunIt({{"printf", "[%s]", odd, ""}, {}});
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_THAT(seen->lines, ElementsAre("[a b;$HOME `id` \"'\\*", ".][]"));
}

TEST(Child, HasNoStdinNoTerminalAndNoneOfOurFiles) {
  int sockets[2];
  ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));  // not closed on exec
  const StatusOr<Seen> seen = RunIt(Script("cat; ls -l /proc/self/fd | grep -c socket; tty; true"));
  close(sockets[0]);
  close(sockets[1]);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_THAT(seen->lines, ElementsAre("0", "not a tty"));
}

TEST(Child, TheEnvironmentIsOursWithTheGivenInstead) {
  setenv("TW_KEPT", "kept", 1);
  setenv("TW_REPLACED", "old", 1);
  Program program = Script("echo $TW_KEPT $TW_REPLACED $TW_NEW; env | grep -c TW_REPLACED");
  program.environment = {{"TW_REPLACED", "new"}, {"TW_NEW", "a=b"}};
  const StatusOr<Seen> seen = RunIt(program);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_THAT(seen->lines, ElementsAre("kept new a=b", "1"));
}

TEST(Child, WhatCannotBeStartedIsNamed) {
  const StatusOr<Seen> missing = RunIt({{"no-such-program-anywhere"}, {}});
  EXPECT_EQ(absl::StatusCode::kNotFound, missing.status().code());
  EXPECT_THAT(std::string(Text(missing.status())), HasSubstr("\"no-such-program-anywhere\""));
  EXPECT_EQ(absl::StatusCode::kNotFound, RunIt({{"/etc/passwd"}, {}}).status().code());
  EXPECT_EQ(absl::StatusCode::kNotFound, RunIt({{"/bin"}, {}}).status().code());
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, RunIt({{}, {}}).status().code());

  char path[] = "/tmp/tw-child-XXXXXX";  // executable, and no program
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(4, write(fd, "\1\2\3\4", 4));
  fchmod(fd, 0700);
  close(fd);
  const StatusOr<Seen> odd = RunIt({{path}, {}});
  unlink(path);
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, odd.status().code());
  EXPECT_THAT(std::string(Text(odd.status())), HasSubstr("xec format error"));
}

TEST(Child, EndsTheWholeGroup) {
  const StatusOr<Seen> seen = RunIt(Script("sleep 1000 & sleep 1000 & echo up; wait"), seconds(1));
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_THAT(seen->lines, ElementsAre("up"));
  EXPECT_TRUE(seen->end.ok()) << seen->end;
  ASSERT_TRUE(seen->exit.ok());
  EXPECT_EQ(SIGTERM, seen->exit->signal);
  ExpectNothingLeft(*seen);
}

TEST(Child, KillsWhoDoesNotListen) {
  const auto begun = std::chrono::steady_clock::now();
  const StatusOr<Seen> seen =
      RunIt(Script("trap '' TERM; sleep 1000 & while true; do sleep 1000; done"), milliseconds(500),
            milliseconds(300));
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_TRUE(seen->end.ok()) << seen->end;
  EXPECT_EQ(SIGKILL, seen->exit->signal);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(5));
  ExpectNothingLeft(*seen);
}

TEST(Child, EndsWhoIsLeftBehindByItsLeader) {
  const StatusOr<Seen> seen = RunIt(Script("sleep 1000 & exit 0"));
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_TRUE(seen->exit->ok());
  EXPECT_TRUE(seen->end.ok()) << seen->end;
  ExpectNothingLeft(*seen);
}

Task<pid_t> StartAndDrop() {
  const Executor executor = co_await boost::asio::this_coro::executor;
  pid_t pid = 0;
  {
    const StatusOr<std::unique_ptr<Child>> child =
        Child::Start(executor, Script("sleep 1000 & sleep 1000"), [](std::string_view) {});
    if (!child.ok()) co_return 0;
    pid = (*child)->pid();
  }
  co_return pid;
}

TEST(Child, OneThatIsDroppedIsKilledAndReaped) {
  Seen seen;
  seen.pid = testing::RunCoro(StartAndDrop());
  ASSERT_NE(0, seen.pid);
  for (int i = 0; i < 100 && !RunningOfGroup(seen.pid).empty(); ++i) usleep(20000);
  EXPECT_THAT(RunningOfGroup(seen.pid), IsEmpty());
  EXPECT_EQ(-1, waitpid(seen.pid, nullptr, WNOHANG)) << "a zombie is left";
}

TEST(Child, DiesWithTheThreadThatStartedIt) {
  pid_t pid = 0;
  std::thread([&] {
    boost::asio::io_context io;
    StatusOr<std::unique_ptr<Child>> child =
        Child::Start(io.get_executor(), {{"sleep", "1000"}, {}}, [](std::string_view) {});
    ASSERT_TRUE(child.ok()) << child.status();
    pid = (*child)->pid();
    EXPECT_THAT(RunningOfGroup(pid), ElementsAre(pid));
    io.stop();
    [[maybe_unused]] static Child* leaked = child->release();
  }).join();
  ASSERT_NE(0, pid);
  int status = 0;
  pid_t ended = 0;
  for (int i = 0; i < 250 && ended == 0; ++i) {
    usleep(20000);
    ended = waitpid(pid, &status, WNOHANG);
  }
  if (ended == 0) kill(pid, SIGKILL);
  ASSERT_EQ(pid, ended);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

}  // namespace
}  // namespace twinwatch::process
