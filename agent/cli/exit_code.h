// Exit codes: the contract with scripts.
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

// The codes of Nagios' world: 0 fine, 1 warning, 2 critical, 3 could not tell.
inline int NagiosCode(int exit_code) {
  if (exit_code == kFine) return 0;
  return exit_code == kRed ? 2 : 3;
}

}  // namespace twinwatch::cli
