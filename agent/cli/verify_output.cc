#include "agent/cli/verify_output.h"

#include <fmt/format.h>

#include "agent/cli/answer.h"
#include "agent/cli/terminal.h"
#include "exporters/text_format.h"
#include "exporters/verify_json.h"
#include "exporters/verify_text.h"

namespace twinwatch::cli {
namespace {

std::string ClusterLine(std::string_view side, const Cluster& cluster, const ClusterInfo& info) {
  return fmt::format("{} {} (HBase {}, {})", side, cluster.name(), info.hbase_version,
                     Plural(info.live_servers.size(), "region server", "region servers"));
}

}  // namespace

StatusOr<File> OpenReport(const std::string& path) {
  if (path.empty()) return File();
  File file(std::fopen(path.c_str(), "w"));
  if (!file)
    return Error(absl::StatusCode::kInvalidArgument, "--report: {} cannot be written", path);
  return file;
}

VerifyOutput::VerifyOutput(const std::string& format, File report)
    : jsonl_(format == "jsonl"), report_(std::move(report)), progress_(StderrIsTerminal()) {}

void VerifyOutput::Line(const std::string& line) {
  if (jsonl_) fmt::print("{}\n", line);
  if (report_) fmt::print(report_.get(), "{}\n", line);
}

void VerifyOutput::OnFinding(const Finding& finding) {
  if (jsonl_ || report_) Line(ReportRowLine(finding));
}

void VerifyOutput::OnProgress(const TableName& table, double fraction, uint64_t rows,
                              std::string_view waiting) {
  progress_.Show(table.ToString(), fraction, rows, waiting);
}

Status VerifyOutput::Finish() {
  progress_.Clear();
  if (!report_) return absl::OkStatus();
  const bool failed = std::ferror(report_.get()) != 0 || std::fflush(report_.get()) != 0;
  report_.reset();
  if (!failed) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss,
               "the report could not be written whole: is the disk full?");
}

void PrintClusters(const app::Link& link, const ClusterInfo& source, const ClusterInfo& target,
                   const std::optional<TableName>& target_table) {
  std::string by = ", by no peer: every family is compared";
  if (link.peer)
    by =
        fmt::format(", by peer {}, {}", link.peer->id, link.peer->enabled ? "ENABLED" : "DISABLED");
  if (target_table)
    by = fmt::format(", table {}: nothing replicates to it", target_table->ToString());
  fmt::print("{}\n{}\n\n", Wrapped(ClusterLine("Source", *link.source, source)),
             Wrapped(ClusterLine("Target", *link.target, target) + by));
}

void PrintResult(const std::string& format, const VerifyResult& result, const std::string& hint,
                 bool resumable) {
  if (format == "json") {
    fmt::print("{}\n", VerifyDocument(result));
  } else if (format == "nagios") {
    Tell(VerifyNagios(result));
  } else if (format == "table") {
    VerifyTextOptions text;
    text.colour = WantsColour();
    text.hint = hint;
    text.resumable = resumable;
    fmt::print("{}", VerifyText(result, text));
  }
}

}  // namespace twinwatch::cli
