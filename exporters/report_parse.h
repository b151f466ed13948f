// The report of a verification (verify --report, --format jsonl), read back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/status.h"
#include "agent/core/table_name.h"
#include "verifier/diff/row_comparison.h"

namespace twinwatch {

struct ReportedRow {
  TableName table;
  std::string row;
  DriftClass drift_class = DriftClass::kMissing;
  std::optional<std::string> confirmed_by;
};

struct Report {
  std::string run;
  std::string source;  // cluster keys
  std::string target;
  bool all_versions = false;      // more than the latest of each column was compared
  std::vector<ReportedRow> rows;  // as they come; waived ones are left out
};

// kInvalidArgument, with the line, for what is no report; kFailedPrecondition for one that does not
// end with its summary: the verification did not end.
StatusOr<Report> ParseReport(std::string_view text);

}  // namespace twinwatch
