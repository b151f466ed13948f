#include "probes/copytable/hbase_copier.h"

#include <absl/strings/str_split.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <fstream>
#include <memory>

#include "probes/copytable/applications.h"
#include "probes/copytable/copy_arguments.h"
#include "probes/copytable/job_log.h"
#include "probes/copytable/job_output.h"
#include "probes/process/line_splitter.h"
#include "probes/process/process_table.h"

namespace twinwatch::copytable {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLook{200};
constexpr milliseconds kGrace{5000};
constexpr milliseconds kYarnPatience{120000};
constexpr size_t kMaxLogRead = 4u << 20;

std::vector<std::string> WordsOf(std::string_view command) {
  return absl::StrSplit(ToAbsl(command), absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

// What an earlier run of ours saw of the job: it is named within the first lines.
JobOutput ReadLog(const std::string& path) {
  JobOutput output;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxLogRead, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  process::LineSplitter splitter(8192);
  const auto take = [&](std::string_view line) { output.Take(line); };
  splitter.Push(text, take);
  splitter.Finish(take);
  return output;
}

// Nothing of the job is left on YARN.
Task<Status> EndOnYarn(const JobOutput* output, std::string tag, Applications* applications,
                       Deadline deadline) {
  if (output->over() || output->local() || output->not_submitted()) co_return absl::OkStatus();
  const std::string id = output->progress().application_id;
  if (!id.empty()) co_return co_await applications->End(id, deadline);
  co_return co_await applications->EndTagged(tag, deadline);
}

}  // namespace

HBaseCopier::HBaseCopier(std::string_view hbase_command, std::string log_folder)
    : command_(WordsOf(hbase_command)), log_folder_(std::move(log_folder)) {}

process::Program HBaseCopier::Launcher() const {
  // All that is known of a job is what its client says at this level, to its output.
  return {command_, {{"HBASE_ROOT_LOGGER", "INFO,console"}}};
}

std::string HBaseCopier::LogPath(std::string_view tag) const {
  return fmt::format("{}/copytable-{}.log", log_folder_, tag);
}

Task<StatusOr<CopyOutcome>> HBaseCopier::Copy(CopyRequest request, Deadline deadline,
                                              CopyObserver* observer) {
  const auto begun = steady_clock::now();
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> arguments, CopyArguments(request));
  process::Program program = Launcher();
  if (program.words.empty()) {
    co_return Error(absl::StatusCode::kInvalidArgument, "repair.hbase_command is empty");
  }
  program.words.insert(program.words.end(), arguments.begin(), arguments.end());
  CopyOutcome outcome;
  outcome.log_path = LogPath(request.tag);
  CO_ASSIGN_OR_RETURN(JobLog log, JobLog::Create(outcome.log_path));
  log.Write(fmt::format("{}", fmt::join(program.words, " ")));

  JobOutput output;
  const auto sink = [&](std::string_view line) {
    log.Write(line);
    if (output.Take(line) && observer != nullptr) observer->Progressed(output.progress());
  };
  const Executor executor = co_await boost::asio::this_coro::executor;
  StatusOr<std::unique_ptr<process::Child>> child =
      process::Child::Start(executor, std::move(program), sink);
  if (!child.ok()) {
    co_return Annotate(child.status(), "CopyTable was not started (repair.hbase_command)");
  }
  StatusOr<process::Exit> exit = absl::DeadlineExceededError("");
  bool given_up = false;
  while (!exit.ok() && !given_up && steady_clock::now() < deadline) {
    exit = co_await (*child)->Wait(std::min(deadline, After(kLook)));
    given_up = !exit.ok() && observer != nullptr && observer->GivenUp();
  }
  const bool too_late = !exit.ok();

  // Whatever became of it, what may still write is ended first, and only then told of. What it said
  // at its very end counts too: that it had submitted a job, or was done just in time.
  const Status gone = co_await (*child)->End(kGrace);
  if (gone.ok()) exit = co_await (*child)->Wait(After(kLook));
  const bool done = exit.ok() && exit->ok() && output.completed();
  const auto log_tool = [&](std::string_view line) { log.Write(line); };
  Applications applications(Launcher(), log_tool);
  const Status over = co_await EndOnYarn(&output, request.tag, &applications, After(kYarnPatience));
  outcome.rows_read = output.rows_read();
  outcome.took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
  const std::string where =
      fmt::format("CopyTable of {}, log {}", request.table.ToString(), outcome.log_path);
  if (!gone.ok()) co_return Annotate(gone, where);
  if (!over.ok()) co_return Annotate(over, where);
  if (done) co_return outcome;
  if (given_up) {
    co_return Error(absl::StatusCode::kCancelled, "{}: given up, the job was ended at {:.0f}%",
                    where, output.progress().share * 100);
  }
  if (too_late) {
    co_return Error(absl::StatusCode::kDeadlineExceeded,
                    "{}: not done in time, the job was ended at {:.0f}%; its last words: {}", where,
                    output.progress().share * 100, output.LastWords());
  }
  if (!exit->ok()) {
    co_return Error(absl::StatusCode::kFailedPrecondition, "{}: {}: {}", where, exit->ToString(),
                    output.LastWords());
  }
  co_return Error(absl::StatusCode::kFailedPrecondition,
                  "{}: exit code 0, but it never said that a job was completed (is "
                  "repair.hbase_command HBase's launcher, and does it log to its output?): {}",
                  where, output.LastWords());
}

Task<Status> HBaseCopier::EndLeftOver(std::string tag, Deadline deadline) {
  CO_RETURN_IF_ERROR(CheckTag(tag));
  const std::string argument = TagArgument(tag);
  std::vector<pid_t> left = process::RunningWithArgument(argument);
  while (!left.empty() && steady_clock::now() < deadline) {
    for (const pid_t pid : left) kill(pid, SIGKILL);
    co_await SleepFor(kLook);
    left = process::RunningWithArgument(argument);
  }
  if (!left.empty()) {
    co_return Error(absl::StatusCode::kUnknown,
                    "process {} still runs CopyTable {}, and cannot be ended by this user",
                    fmt::join(left, ", "), tag);
  }
  JobOutput output = ReadLog(LogPath(tag));
  // Who was killed may not have heard the last lines of a job that was just being submitted.
  if (output.over() || output.local()) co_return absl::OkStatus();
  CO_ASSIGN_OR_RETURN(JobLog log, JobLog::Append(LogPath(tag)));
  const auto log_tool = [&](std::string_view line) { log.Write(line); };
  Applications applications(Launcher(), log_tool);
  const std::string id = output.progress().application_id;
  if (!id.empty()) co_return co_await applications.End(id, deadline);
  co_return co_await applications.EndTagged(tag, deadline);
}

}  // namespace twinwatch::copytable
