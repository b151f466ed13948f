#include "probes/process/process_table.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <dirent.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "agent/core/status.h"

namespace twinwatch::process {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<ProcessStat> StatOf(pid_t pid) {
  return ParseProcessStat(ReadAll(fmt::format("/proc/{}/stat", pid)));
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  if (!folder) return pids;
  while (const dirent* entry = readdir(folder.get())) {
    pid_t pid = 0;
    if (absl::SimpleAtoi(entry->d_name, &pid) && pid > 0) pids.push_back(pid);
  }
  return pids;
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(std::string_view text) {
  // The program's name in brackets may hold anything, brackets too.
  const size_t bracket = text.rfind(')');
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(ToAbsl(text.substr(bracket + 1)), ' ', absl::SkipWhitespace());
  ProcessStat stat;
  if (fields.size() < 3 || fields[0].size() != 1 || !absl::SimpleAtoi(fields[1], &stat.parent) ||
      !absl::SimpleAtoi(fields[2], &stat.group)) {
    return std::nullopt;
  }
  stat.state = fields[0][0];
  return stat;
}

std::vector<pid_t> RunningOfGroup(pid_t group) {
  std::vector<pid_t> found;
  for (const pid_t pid : AllProcesses()) {
    const std::optional<ProcessStat> stat = StatOf(pid);
    if (stat && stat->group == group && stat->runs()) found.push_back(pid);
  }
  return found;
}

std::vector<pid_t> RunningWithArgument(std::string_view argument) {
  std::vector<pid_t> found;
  for (const pid_t pid : AllProcesses()) {
    const std::string arguments = ReadAll(fmt::format("/proc/{}/cmdline", pid));
    for (const absl::string_view one : absl::StrSplit(arguments, '\0')) {
      if (one != ToAbsl(argument)) continue;
      const std::optional<ProcessStat> stat = StatOf(pid);
      if (stat && stat->runs()) found.push_back(pid);
      break;
    }
  }
  return found;
}

}  // namespace twinwatch::process
