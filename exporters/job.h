// What a running agent does, one value a job: a pass over the tables of a link, or a repair.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace twinwatch {

enum class JobKind { kFullPass, kIncrementalPass, kRepair };

enum class JobState {
  kRunning,
  kPaused,   // by an operator, until it is resumed
  kWaiting,  // for its window, for replication to catch up, for another pass
  kPlanned,  // a repair that people may apply; it waits for nobody
  kAwaitingApproval,
  kDone,
  kFailed,     // something could not be read or judged
  kCancelled,  // by an operator
};

// Numbers that are not known are none, never 0.
struct Job {
  std::string id;  // of its run in the ledger; of a repair by its plan's digest
  std::string link;
  JobKind kind = JobKind::kFullPass;
  JobState state = JobState::kRunning;
  std::optional<std::string> why;  // it does not run, or did not end well
  absl::Time started;
  std::optional<absl::Time> ended;
  uint64_t tables = 0;
  uint64_t tables_done = 0;
  std::optional<std::string> table;  // that is being read
  std::optional<double> fraction;    // of all tables that is done, 0 to 1
  // Compared, and read from both clusters; of a repair written or left alone, and sent.
  uint64_t rows = 0;
  uint64_t bytes = 0;
  // The rest of a job that has not ended. The rate is of all servers together, the limit of each.
  std::optional<double> bytes_per_second;
  std::optional<uint64_t> limit_bytes_per_second;
  std::optional<absl::Duration> left;
  std::optional<std::string> verdict;  // of one that ended: same, drift, unknown
  // Of a repair.
  std::optional<std::string> plan;       // its digest
  std::optional<std::string> plan_file;  // as `repair apply` takes it
  std::optional<std::string> approved_by;

  bool HasEnded() const { return ended.has_value(); }
};

// How fast the tables of a link are compared: bytes a second of each region server.
struct LinkRate {
  std::string link;
  uint64_t verify_bytes_per_second = 0;
  uint64_t configured_bytes_per_second = 0;
};

std::string_view ToString(JobKind kind);  // full pass, incremental pass, repair
std::string_view ToString(JobState state);

}  // namespace twinwatch
