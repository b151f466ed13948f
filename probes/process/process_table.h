// Who runs on this machine, as /proc tells it. Zombies do not run.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>
#include <vector>

namespace twinwatch::process {

struct ProcessStat {
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;

  bool runs() const { return state != 'Z' && state != 'X'; }
};

// The content of /proc/N/stat; none when it is not such a line.
std::optional<ProcessStat> ParseProcessStat(std::string_view text);

std::vector<pid_t> RunningOfGroup(pid_t group);

// Those of which one argument of the command line is `argument`.
std::vector<pid_t> RunningWithArgument(std::string_view argument);

}  // namespace twinwatch::process
