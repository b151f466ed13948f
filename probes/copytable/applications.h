// What YARN has of our jobs, asked through the command that started them: `hbase CLASS` runs
// Hadoop's own command line tools with the configuration, the user and the tickets that the job
// had. The classes are in the jars that a job's client needs itself (hadoop-yarn-client,
// hadoop-mapreduce-client-core).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "probes/api/async.h"
#include "probes/process/child.h"

namespace twinwatch::copytable {

// The state that `application -status` printed: RUNNING, KILLED, ...; empty when it printed none.
std::string StateIn(const std::vector<std::string>& lines);
// No such application, says the ResourceManager.
bool IsForgotten(const std::vector<std::string>& lines);
bool IsOverState(std::string_view state);
// True when `job -list` said that YARN runs no job, or that jobs do not run on YARN here: the local
// runner has no list, over which Hadoop's tool stumbles (2.10 to 3.4).
bool SaysNoJobs(const std::vector<std::string>& lines);

class Applications {
 public:
  // `program`: the launcher's words and environment. What the tools print goes to `log` too.
  Applications(process::Program program, std::function<void(std::string_view)> log)
      : program_(std::move(program)), log_(std::move(log)) {}

  // Kills it and returns when YARN says that it is over, and its containers have had the time to
  // hear of it. kUnknown when that could not be seen before `deadline`.
  Task<Status> End(std::string application_id, Deadline deadline);
  // The same for all that have this tag.
  Task<Status> EndTagged(std::string tag, Deadline deadline);

 private:
  struct Answer {
    process::Exit exit;
    std::vector<std::string> lines;
  };
  Task<StatusOr<Answer>> Run(std::vector<std::string> words, Deadline deadline);

  process::Program program_;
  std::function<void(std::string_view)> log_;
};

}  // namespace twinwatch::copytable
