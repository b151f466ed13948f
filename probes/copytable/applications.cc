#include "probes/copytable/applications.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "probes/copytable/job_output.h"

namespace twinwatch::copytable {
namespace {

constexpr std::string_view kYarn = "org.apache.hadoop.yarn.client.cli.ApplicationCLI";
constexpr std::string_view kMapReduce = "org.apache.hadoop.mapreduce.tools.CLI";
constexpr size_t kMaxLines = 10000;
constexpr std::chrono::milliseconds kGrace{2000};
constexpr std::chrono::milliseconds kAskAgain{500};
// The ResourceManager calls an application KILLED before its NodeManagers have ended the
// containers: they hear of it with their next heartbeat (1 s), and wait 250 ms from TERM to KILL.
constexpr std::chrono::milliseconds kContainersEnd{3000};

Status NotSeen(std::string_view what, std::string_view why) {
  return Error(absl::StatusCode::kUnknown, "{}: {}", what, why);
}

std::string LastOf(const std::vector<std::string>& lines) {
  JobOutput output;
  for (const std::string& line : lines) output.Take(line);
  return output.LastWords();
}

}  // namespace

std::string StateIn(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    absl::string_view text = absl::StripAsciiWhitespace(line);
    if (absl::ConsumePrefix(&text, "State : ")) return std::string(text.data(), text.size());
  }
  return "";
}

bool IsForgotten(const std::vector<std::string>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.starts_with("Application with id '") &&
           line.find("doesn't exist in RM") != line.npos;
  });
}

bool IsOverState(std::string_view state) {
  return state == "FINISHED" || state == "FAILED" || state == "KILLED";
}

bool SaysNoJobs(const std::vector<std::string>& lines) {
  bool stumbled = false;
  for (const std::string& line : lines) {
    absl::string_view text = absl::StripAsciiWhitespace(line);
    if (absl::StrContains(text, "java.lang.NullPointerException")) stumbled = true;
    if (stumbled &&
        absl::ConsumePrefix(&text, "at org.apache.hadoop.mapreduce.tools.CLI.listJobs(")) {
      return true;
    }
    uint64_t jobs = 1;
    if (absl::ConsumePrefix(&text, "Total jobs:") && absl::SimpleAtoi(text, &jobs))
      return jobs == 0;
  }
  return false;
}

Task<StatusOr<Applications::Answer>> Applications::Run(std::vector<std::string> words,
                                                       Deadline deadline) {
  Answer answer;
  process::Program program = program_;
  program.words.insert(program.words.end(), words.begin(), words.end());
  const Executor executor = co_await boost::asio::this_coro::executor;
  const auto sink = [&](std::string_view line) {
    log_(line);
    if (answer.lines.size() < kMaxLines) answer.lines.emplace_back(line);
  };
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<process::Child> child,
                      process::Child::Start(executor, std::move(program), sink));
  const StatusOr<process::Exit> exit = co_await child->Wait(deadline);
  const Status ended = co_await child->End(kGrace);
  if (!exit.ok()) {
    co_return Error(absl::StatusCode::kDeadlineExceeded, "{} gave no answer in time: {}", words[0],
                    LastOf(answer.lines));
  }
  answer.exit = *exit;
  co_return answer;
}

Task<Status> Applications::End(std::string application_id, Deadline deadline) {
  const std::string what = fmt::format("whether {} still runs is not known", application_id);
  const std::string yarn(kYarn);
  const std::vector<std::string> kill = {yarn, "application", "-kill", application_id};
  const std::vector<std::string> status = {yarn, "application", "-status", application_id};
  std::string last = "nobody answered";
  // Killing one that is over does no harm, and the first answer says so.
  const StatusOr<Answer> killed = co_await Run(kill, deadline);
  if (!killed.ok()) co_return NotSeen(what, Text(killed.status()));
  while (std::chrono::steady_clock::now() < deadline) {
    const StatusOr<Answer> told = co_await Run(status, deadline);
    if (!told.ok()) co_return NotSeen(what, Text(told.status()));
    const std::string state = StateIn(told->lines);
    if (IsOverState(state) || IsForgotten(told->lines)) {
      co_await SleepFor(kContainersEnd);
      co_return absl::OkStatus();
    }
    last = state.empty() ? LastOf(told->lines) : fmt::format("YARN says {}", state);
    co_await SleepFor(kAskAgain);
  }
  co_return NotSeen(what, last);
}

Task<Status> Applications::EndTagged(std::string tag, Deadline deadline) {
  const std::string what = fmt::format("whether a job tagged {} runs on YARN is not known", tag);
  // Asked first because it answers at once where jobs run without YARN, too.
  const std::vector<std::string> any = {std::string(kMapReduce), "-list"};
  const StatusOr<Answer> jobs = co_await Run(any, deadline);
  if (!jobs.ok()) co_return NotSeen(what, Text(jobs.status()));
  if (SaysNoJobs(jobs->lines)) co_return absl::OkStatus();
  if (!jobs->exit.ok()) co_return NotSeen(what, LastOf(jobs->lines));
  const std::vector<std::string> tagged = {std::string(kYarn), "application", "-list", "-appTags",
                                           tag};
  const StatusOr<Answer> list = co_await Run(tagged, deadline);
  if (!list.ok()) co_return NotSeen(what, Text(list.status()));
  if (!list->exit.ok()) co_return NotSeen(what, LastOf(list->lines));
  for (const std::string& line : list->lines) {
    const std::string id = FindApplicationId(line);
    const absl::string_view text = absl::StripLeadingAsciiWhitespace(line);
    if (id.empty() || text.substr(0, id.size()) != ToAbsl(id)) continue;
    CO_RETURN_IF_ERROR(co_await End(id, deadline));
  }
  co_return absl::OkStatus();
}

}  // namespace twinwatch::copytable
