// Another program, started by this one, that must not outlive its purpose.
//
// It is the leader of a session and process group of its own, has no stdin and no terminal (who
// would ask for a password fails at once), and what it and its children print comes line by line.
// Never through a shell. When the thread that started it ends, however, the kernel kills it
// (PR_SET_PDEATHSIG): its children then only if they are it, by exec, as bin/hbase does it. A
// program that changes its user (sudo) is out of the kernel's reach there, and of ours.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/api/async.h"

namespace twinwatch::process {

struct Program {
  std::vector<std::string> words;  // the first is looked for on the PATH, unless it has a slash
  std::vector<std::pair<std::string, std::string>> environment;  // beside ours, and instead of it
};

struct Exit {
  int code = 0;
  int signal = 0;  // not 0: killed by it

  bool ok() const { return code == 0 && signal == 0; }
  std::string ToString() const;  // "exit code 1", "killed by signal 9"
};

class Child {
 public:
  using LineSink = std::function<void(std::string_view)>;

  // kNotFound when there is no such program, kFailedPrecondition when it cannot be started. Lines
  // are cut at 8 KB. `sink` is called from the executor, until the child is destroyed.
  static StatusOr<std::unique_ptr<Child>> Start(const Executor& executor, Program program,
                                                LineSink sink);
  // Kills what is left of the group, unseen. End first, to know.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const;

  // How it ended, when it has ended and all that it printed was seen (or two seconds later:
  // somebody else may hold its output open). kDeadlineExceeded when it still runs. May be asked
  // again.
  Task<StatusOr<Exit>> Wait(Deadline deadline);

  // Ends the group: asks (SIGTERM), and kills those that still run after `grace`. OK: each process
  // of it was seen to be gone. kUnknown: some still run, by their numbers. At once when the program
  // has ended by itself and left nobody.
  Task<Status> End(std::chrono::milliseconds grace);

 private:
  struct State;

  explicit Child(std::shared_ptr<State> state);
  static Task<void> ReadLines(std::shared_ptr<State> state);
  static Task<void> WatchExit(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace twinwatch::process
