// A verification as a person reads it: a table, what differs, the verdict last.
#pragma once

#include <string>

#include "verifier/run/result.h"

namespace twinwatch {

struct VerifyTextOptions {
  bool colour = false;
  size_t max_rows_shown = 20;
  std::string hint;  // global options that a command to type next repeats, each with a blank before
  bool resumable = false;  // the ledger holds what was found, and what is left to do
};

std::string VerifyText(const VerifyResult& result, const VerifyTextOptions& options);

}  // namespace twinwatch
