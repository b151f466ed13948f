// Where the findings, the progress and the result of a verification go.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "agent/app/link.h"
#include "agent/cli/progress.h"
#include "verifier/run/result.h"
#include "verifier/run/verify_options.h"

namespace twinwatch::cli {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// None when no path is given.
StatusOr<File> OpenReport(const std::string& path);

// Findings as lines of --report and of --format jsonl, as they come; progress on stderr.
class VerifyOutput : public VerifyObserver {
 public:
  VerifyOutput(const std::string& format, File report);

  void Line(const std::string& line);
  void OnFinding(const Finding& finding) override;
  void OnProgress(const TableName& table, double fraction, uint64_t rows,
                  std::string_view waiting) override;

  // Everything is on disk, or it is said that it is not.
  Status Finish();

 private:
  bool jsonl_;
  File report_;
  Progress progress_;
};

// What is compared: before the work begins, for --format table.
void PrintClusters(const app::Link& link, const ClusterInfo& source, const ClusterInfo& target,
                   const std::optional<TableName>& target_table);

// In one of the formats table, json, nagios; jsonl has been printed by VerifyOutput. `hint` are the
// global options that a command to type next repeats.
void PrintResult(const std::string& format, const VerifyResult& result, const std::string& hint,
                 bool resumable);

}  // namespace twinwatch::cli
