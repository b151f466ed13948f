// A verification as JSON: the document, the report's lines, and the one line for Nagios.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "exporters/nagios.h"
#include "verifier/run/result.h"

namespace twinwatch {

// The whole result; `drifted` holds result.findings.
std::string VerifyDocument(const VerifyResult& result);

// What is known before the first row is read.
struct ReportHeader {
  std::string run;
  std::string source;
  std::string target;
  std::string source_version;
  std::string target_version;
  std::string peer;  // empty: none
  std::string scope;
  std::string confirm;
  absl::Time started;
  std::vector<TableName> tables;
  std::map<std::string, std::string> more_options;  // as typed, those that change what is compared
};

// Lines of a report (and of --format jsonl), without their newline. A report that does not end with
// a summary is incomplete.
std::string ReportHeaderLine(const ReportHeader& header);
std::string ReportRowLine(const Finding& finding);
std::string ReportSummaryLine(const VerifyResult& result);

// `DRIFT - 42 rows of orders | drift_rows=42;0;0 rows=105857811`
NagiosAnswer VerifyNagios(const VerifyResult& result);

}  // namespace twinwatch
