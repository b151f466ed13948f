#include "probes/process/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "probes/process/line_splitter.h"
#include "probes/process/process_table.h"

namespace twinwatch::process {
namespace {

using boost::asio::as_tuple;
using boost::asio::use_awaitable;
using std::chrono::milliseconds;

constexpr size_t kMaxLine = 8192;
constexpr milliseconds kLateOutput{2000};
constexpr milliseconds kKilledPatience{10000};
constexpr milliseconds kLook{50};

// Closes a file descriptor at the end, unless it was given away.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { Close(); }
  Fd(Fd&& other) noexcept : fd_(other.Release()) {}
  Fd& operator=(Fd&& other) noexcept {
    Close();
    fd_ = other.Release();
    return *this;
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

Status OsError(std::string_view what, int error) {
  return Error(absl::StatusCode::kFailedPrecondition, "{}: {}", what, std::strerror(error));
}

StatusOr<std::pair<Fd, Fd>> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return OsError("no pipe can be made", errno);
  return std::pair<Fd, Fd>(Fd(ends[0]), Fd(ends[1]));
}

// glibc 2.36 has a function for it, whose header C++ cannot use.
int OpenPidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

bool IsProgram(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

StatusOr<std::string> FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (IsProgram(name)) return name;
    return Error(absl::StatusCode::kNotFound, "there is no program {}", name);
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string candidate = fmt::format("{}/{}", rest.substr(0, end), name);
    if (end > 0 && IsProgram(candidate)) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return Error(absl::StatusCode::kNotFound, "there is no program \"{}\" on the PATH", name);
}

std::vector<std::string> EnvironmentWith(
    const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const bool replaced = std::any_of(more.begin(), more.end(), [&](const auto& one) {
      return text.substr(0, text.find('=')) == one.first;
    });
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What the child does between fork and exec. Other threads may have held any lock at the fork, so
// only what is safe in a signal handler: no allocation, no locale, no logging.
[[noreturn]] void Become(const char* path, char** words, char** environment, int null, int output,
                         int errors, pid_t parent) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) _exit(127);  // it died before the kernel was told
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  // Asio's sockets are open across exec unless told otherwise.
  if (dup2(null, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0 &&
      close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
    execve(path, words, environment);
  }
  const int error = errno;
  (void)!write(errors, &error, sizeof error);
  _exit(127);
}

}  // namespace

std::string Exit::ToString() const {
  return signal != 0 ? fmt::format("killed by signal {}", signal)
                     : fmt::format("exit code {}", code);
}

struct Child::State {
  explicit State(const Executor& executor)
      : output(executor), pidfd(executor), ended(executor), silent(executor) {}

  // A leader that has ended is kept as a zombie until its group is empty, so that nobody else can
  // get the group's number meanwhile.
  void Reap() {
    if (!std::exchange(reaped, true)) waitpid(pid, nullptr, 0);
  }

  pid_t pid = 0;
  bool reaped = false;
  bool abandoned = false;  // the Child is gone: reap it as soon as it has ended
  std::optional<Exit> exit;
  LineSink sink;
  LineSplitter splitter{kMaxLine};
  boost::asio::posix::stream_descriptor output, pidfd;
  OneShot<bool> ended, silent;
};

StatusOr<std::unique_ptr<Child>> Child::Start(const Executor& executor, Program program,
                                              LineSink sink) {
  if (program.words.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "an empty command starts nothing");
  }
  ASSIGN_OR_RETURN(const std::string path, FindProgram(program.words[0]));
  ASSIGN_OR_RETURN(auto output, MakePipe());
  ASSIGN_OR_RETURN(auto errors, MakePipe());
  const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() < 0) return OsError("/dev/null", errno);
  std::vector<std::string> environment = EnvironmentWith(program.environment);
  const std::vector<char*> words = Pointers(program.words);
  const std::vector<char*> variables = Pointers(environment);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return OsError(fmt::format("{} cannot be started", path), errno);
  if (pid == 0) {
    Become(path.c_str(), const_cast<char**>(words.data()), const_cast<char**>(variables.data()),
           null.get(), output.second.get(), errors.second.get(), parent);
  }
  output.second.Close();
  errors.second.Close();
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(errors.first.get(), &error, sizeof error);  // ends with the exec
  } while (got < 0 && errno == EINTR);
  Fd pidfd(got == sizeof error ? -1 : OpenPidfd(pid));
  if (pidfd.get() < 0) {
    if (got != sizeof error) error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return OsError(fmt::format("{} cannot be started", path), error);
  }

  auto state = std::make_shared<State>(executor);
  state->pid = pid;
  state->sink = std::move(sink);
  state->output.assign(output.first.Release());
  state->pidfd.assign(pidfd.Release());
  Spawn(executor, ReadLines(state));
  Spawn(executor, WatchExit(state));
  return std::unique_ptr<Child>(new Child(std::move(state)));
}

Child::Child(std::shared_ptr<State> state) : state_(std::move(state)) {}

Child::~Child() {
  state_->sink = nullptr;
  state_->abandoned = true;
  if (!state_->reaped) kill(-state_->pid, SIGKILL);
  if (state_->exit) state_->Reap();
  boost::system::error_code ignored;
  state_->output.close(ignored);
}

pid_t Child::pid() const { return state_->pid; }

Task<void> Child::ReadLines(std::shared_ptr<State> state) {
  std::array<char, 16384> buffer;
  const LineSplitter::Sink sink = [&](std::string_view line) {
    if (state->sink) state->sink(line);
  };
  while (true) {
    const auto [error, size] = co_await state->output.async_read_some(boost::asio::buffer(buffer),
                                                                      as_tuple(use_awaitable));
    if (error) break;
    state->splitter.Push({buffer.data(), size}, sink);
  }
  state->splitter.Finish(sink);
  state->silent.Set(true);
}

Task<void> Child::WatchExit(std::shared_ptr<State> state) {
  siginfo_t info{};
  while (info.si_pid == 0) {
    co_await state->pidfd.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                     as_tuple(use_awaitable));
    if (waitid(P_PID, static_cast<id_t>(state->pid), &info, WEXITED | WNOWAIT | WNOHANG) != 0)
      break;
  }
  const bool exited = info.si_code == CLD_EXITED;
  state->exit = Exit{exited ? info.si_status : 0, exited ? 0 : info.si_status};
  if (state->abandoned) state->Reap();
  state->ended.Set(true);
}

Task<StatusOr<Exit>> Child::Wait(Deadline deadline) {
  if (!state_->exit) (void)co_await state_->ended.Wait(deadline);
  if (!state_->exit) co_return Error(absl::StatusCode::kDeadlineExceeded, "it still runs");
  if (!state_->silent.IsSet()) (void)co_await state_->silent.Wait(After(kLateOutput));
  co_return *state_->exit;
}

Task<Status> Child::End(milliseconds grace) {
  const auto still_running = [this] { return RunningOfGroup(state_->pid); };
  std::vector<pid_t> left;
  if (!state_->reaped) {
    left = still_running();
    if (!left.empty()) kill(-state_->pid, SIGTERM);
    Deadline until = After(grace);
    bool killed = false;
    while (!left.empty() && (!killed || std::chrono::steady_clock::now() < until)) {
      if (!killed && std::chrono::steady_clock::now() >= until) {
        killed = true;
        kill(-state_->pid, SIGKILL);
        until = After(kKilledPatience);
      }
      co_await SleepFor(kLook);
      left = still_running();
    }
  }
  if (!left.empty()) {
    co_return Error(absl::StatusCode::kUnknown,
                    "process {} still runs, and cannot be ended by this user",
                    fmt::join(left, ", "));
  }
  // What has ended is told within a moment.
  if (!state_->exit) (void)co_await state_->ended.Wait(After(kKilledPatience));
  if (!state_->exit) {
    co_return Error(absl::StatusCode::kUnknown, "process {} does not end", state_->pid);
  }
  state_->Reap();
  co_return absl::OkStatus();
}

}  // namespace twinwatch::process
