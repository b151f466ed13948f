// Exit codes: the contract with scripts. Those of Nagios' world are answer.h's.
#pragma once

#include "agent/core/status.h"

namespace twinwatch::cli {

enum ExitCode : int {
  kFine = 0,
  kRed = 1,           // drift, not ready, something red
  kCouldNotTell = 2,  // unreachable, no permission, no such table or peer, not everything judged
  kBadUsage = 3,
  kInterrupted = 130,
};

// Of a command that could not do its work.
inline int ExitCodeOf(const Status& status) {
  return status.code() == absl::StatusCode::kInvalidArgument ? kBadUsage : kCouldNotTell;
}

}  // namespace twinwatch::cli
