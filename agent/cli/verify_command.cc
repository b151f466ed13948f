// `twinwatch verify`: compares tables of both sides and says what differs.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "agent/app/run_recorder.h"
#include "agent/app/verify_run.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/progress.h"
#include "agent/cli/run_async.h"
#include "agent/cli/terminal.h"
#include "agent/core/bytes.h"
#include "agent/core/duration.h"
#include "agent/core/time_point.h"
#include "exporters/text_format.h"
#include "exporters/verify_json.h"
#include "exporters/verify_text.h"

namespace twinwatch::cli {
namespace {

// As typed.
struct VerifyOptions {
  std::vector<std::string> tables;
  std::string start_row;
  std::string stop_row;
  std::vector<std::string> families;
  std::string versions = "1";
  bool raw = false;
  std::string since;
  std::string until;
  std::string depth = "values";
  std::string sample;
  std::string seed;
  std::string target_table;
  std::string confirm = "auto";
  std::string barrier_timeout = "10m";
  std::string settle = "30s";
  std::string extra = "report";
  bool fail_fast = false;
  std::string rate;
  std::string format = "table";
  std::string report;
  int streams = 2;
  size_t max_drift = 1000;
};

struct Args {
  VerifyOptions options;
  app::LinkSpec link;
  app::VerifyRequest request;
  std::string ledger_path;
  std::string hint;  // the global options, for commands to type next
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// Where findings and progress go while the work is done.
class Output : public VerifyObserver {
 public:
  Output(const VerifyOptions& options, File report)
      : jsonl_(options.format == "jsonl"),
        report_(std::move(report)),
        progress_(StderrIsTerminal()) {}

  void Line(const std::string& line) {
    if (jsonl_) fmt::print("{}\n", line);
    if (report_) fmt::print(report_.get(), "{}\n", line);
  }

  void OnFinding(const Finding& finding) override {
    if (jsonl_ || report_) Line(ReportRowLine(finding));
  }

  void OnProgress(const TableName& table, double fraction, uint64_t rows,
                  std::string_view waiting) override {
    progress_.Show(table.ToString(), fraction, rows, waiting);
  }

  // Everything is on disk, or it is said that it is not.
  Status Finish() {
    progress_.Clear();
    if (!report_) return absl::OkStatus();
    const bool failed = std::ferror(report_.get()) != 0 || std::fflush(report_.get()) != 0;
    report_.reset();
    if (!failed) return absl::OkStatus();
    return Error(absl::StatusCode::kDataLoss,
                 "the report could not be written whole: is the disk full?");
  }

 private:
  bool jsonl_;
  File report_;
  Progress progress_;
};

std::string ClusterLine(std::string_view side, const Cluster& cluster, const ClusterInfo& info) {
  return fmt::format("{} {} (HBase {}, {})", side, cluster.name(), info.hbase_version,
                     Plural(info.live_servers.size(), "region server", "region servers"));
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

StatusOr<File> OpenReport(const std::string& path) {
  if (path.empty()) return File();
  File file(std::fopen(path.c_str(), "w"));
  if (!file)
    return Error(absl::StatusCode::kInvalidArgument, "--report: {} cannot be written", path);
  return file;
}

void Print(const VerifyOptions& options, const VerifyResult& result, const std::string& hint) {
  if (options.format == "json") {
    fmt::print("{}\n", VerifyDocument(result));
  } else if (options.format == "nagios") {
    fmt::print("{}\n", VerifyNagios(result));
  } else if (options.format == "table") {
    VerifyTextOptions text;
    text.colour = WantsColour();
    text.hint = hint;
    fmt::print("{}", VerifyText(result, text));
  }
}

int CodeOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return kFine;
    case Verdict::kDrift:
      return kRed;
    case Verdict::kUnknown:
      break;
  }
  return kCouldNotTell;
}

// What was asked for besides tables, as a report remembers it.
std::map<std::string, std::string> OptionsThatCount(const Args& args) {
  const VerifyOptions& typed = args.options;
  std::map<std::string, std::string> all = {
      {"start_row", typed.start_row},
      {"stop_row", typed.stop_row},
      {"families", fmt::format("{}", fmt::join(typed.families, ","))},
      {"versions", typed.versions},
      {"depth", typed.depth},
      {"raw", typed.raw ? "true" : ""},
      {"since", typed.since},
      {"until", typed.until},
      {"sample", typed.sample},
      {"target_table", typed.target_table}};
  if (args.request.options.sample)
    all["seed"] = fmt::format("{}", args.request.options.sample->seed);
  std::erase_if(all, [](const auto& option) { return option.second.empty(); });
  return all;
}

// The ledger's part in a run. A ledger that cannot be used is said, and takes no verdict away.
class Remembered {
 public:
  void Begin(const std::string& path, app::RecordedRun run, VerifyObserver* next) {
    observer_ = next;
    // Copies under another name, and a cluster compared with itself, are no pair's drift.
    if (run.tables.empty() || run.pair.source_id == run.pair.target_id) return;
    const Status status = BeginAt(path, std::move(run), next);
    if (!status.ok()) Say(status);
  }

  VerifyObserver* observer() { return observer_; }
  // Null when nothing is remembered.
  ledger::Ledger* ledger() { return recorder_ ? ledger_.get() : nullptr; }

  void End(const VerifyResult& result) {
    if (!recorder_) return;
    if (const Status status = recorder_->End(result); !status.ok()) Say(status);
  }

 private:
  Status BeginAt(const std::string& path, app::RecordedRun run, VerifyObserver* next) {
    ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(path, ledger::OpenMode::kCreate));
    ASSIGN_OR_RETURN(recorder_, app::RunRecorder::Begin(ledger_.get(), std::move(run), next));
    observer_ = recorder_.get();
    return absl::OkStatus();
  }

  static void Say(const Status& status) {
    PrintError(Annotate(status, "this run is not remembered"));
  }

  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<app::RunRecorder> recorder_;
  VerifyObserver* observer_ = nullptr;
};

// The verdict's exit code, or an error when there is no verdict.
Task<StatusOr<int>> Verify(Executor executor, std::shared_ptr<Args> args) {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<app::Link> link,
                      co_await app::OpenLink(executor, args->link, app::Sides::kBoth));
  CO_ASSIGN_OR_RETURN(const ClusterInfo source, co_await link->source->Describe());
  CO_ASSIGN_OR_RETURN(const ClusterInfo target, co_await link->target->Describe());
  CO_ASSIGN_OR_RETURN(std::vector<app::TablePlan> plans,
                      co_await app::PlanVerify(link.get(), args->request));
  CO_ASSIGN_OR_RETURN(const app::Proof proof,
                      co_await app::OpenProof(executor, link.get(), args->request.confirm));
  CO_ASSIGN_OR_RETURN(File report, OpenReport(args->options.report));
  if (args->options.format == "table")
    PrintClusters(*link, source, target, args->request.target_table);
  Output output(args->options, std::move(report));
  ReportHeader header;
  header.started = absl::Now();
  header.run = app::NewRunId(header.started);
  header.source = link->source->name();
  header.target = link->target->name();
  header.source_version = source.hbase_version;
  header.target_version = target.hbase_version;
  if (link->peer) header.peer = link->peer->id;
  header.scope = app::ScopeOf(args->request);
  header.more_options = OptionsThatCount(*args);
  header.confirm = app::ConfirmText(args->request.confirm, proof);
  for (const app::TablePlan& plan : plans) header.tables.push_back(plan.pair.source_table);
  output.Line(ReportHeaderLine(header));
  Remembered remembered;
  remembered.Begin(
      args->ledger_path,
      app::ToRecordedRun(args->request, plans, source, target, *link, header.run, header.started),
      &output);
  if (link->peer && remembered.ledger() != nullptr) {
    StatusOr<app::LinkHistory> history = co_await app::NoteAndRecall(
        remembered.ledger(), source.cluster_id, link->source.get(), *link->peer);
    if (history.ok()) link->history = *std::move(history);
  }
  const VerifyResult result = co_await app::RunVerify(link.get(), std::move(plans), args->request,
                                                      &proof, header.run, remembered.observer());
  remembered.End(result);
  output.Line(ReportSummaryLine(result));
  CO_RETURN_IF_ERROR(output.Finish());
  for (const TableResult& table : result.tables) {
    if (table.error)
      PrintError(
          Error(absl::StatusCode::kNotFound, "{}: {}", table.table.ToString(), *table.error));
  }
  Print(args->options, result, args->hint);
  co_return CodeOf(result.verdict());
}

Task<int> VerifyMain(Executor executor, std::shared_ptr<Args> args) {
  const bool nagios = args->options.format == "nagios";
  const StatusOr<int> code = co_await Verify(executor, args);
  if (code.ok()) co_return nagios ? NagiosCode(*code) : *code;
  const int error_code = PrintError(code.status());
  if (nagios) fmt::print("UNKNOWN - {}\n", Text(code.status()));
  co_return nagios ? NagiosCode(error_code) : error_code;
}

// CLI11 has checked that it is one of these.
app::ConfirmBy ParseConfirm(const std::string& confirm) {
  if (confirm == "none") return app::ConfirmBy::kNone;
  if (confirm == "recheck") return app::ConfirmBy::kRecheck;
  return confirm == "barrier" ? app::ConfirmBy::kBarrier : app::ConfirmBy::kAuto;
}

StatusOr<uint32_t> ParseVersions(const std::string& text) {
  if (text == "all") return kAllVersions;
  const bool digits =
      !text.empty() && text.size() < 9 && text.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long number = digits ? std::stoul(text) : 0;
  if (number == 0) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "--versions \"{}\": write a number from 1 on, or all", text);
  }
  return static_cast<uint32_t>(number);
}

// A value that cannot be is reported with the flag that holds it.
template <typename T>
StatusOr<T> Of(std::string_view flag, StatusOr<T> value) {
  if (value.ok()) return value;
  return Annotate(value.status(), flag);
}

// Digits, as a number; none when there are others, or too many.
std::optional<uint64_t> ParseNumber(const std::string& text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoull(text);
}

// `0.5%` or a number of rows. None when it is everything.
StatusOr<std::optional<SampleRequest>> ParseSample(const std::string& text,
                                                   const std::string& seed) {
  SampleRequest request;
  const auto number = [&text] { return ParseNumber(text); };
  if (text.ends_with('%')) {
    const std::string percent = text.substr(0, text.size() - 1);
    const bool digits = !percent.empty() && percent.size() < 12 &&
                        percent.find_first_not_of("0123456789.") == std::string::npos &&
                        std::count(percent.begin(), percent.end(), '.') <= 1 && percent != ".";
    request.fraction = digits ? std::stod(percent) / 100 : 0;
    if (request.fraction == 1) return std::optional<SampleRequest>();
  } else if (number()) {
    request.rows = *number();
  }
  if ((request.rows == 0 && request.fraction <= 0) || request.fraction > 1) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "--sample \"{}\": write a share of the rows up to 100%, such as 1%, or a number "
                 "of rows",
                 text);
  }
  const std::optional<uint64_t> chosen = seed.empty() ? std::random_device{}() : ParseNumber(seed);
  if (!chosen) {
    return Error(absl::StatusCode::kInvalidArgument, "--seed \"{}\": write a number", seed);
  }
  request.seed = *chosen;
  return std::optional<SampleRequest>(request);
}

Status SetWindow(const VerifyOptions& options, app::VerifyRequest* request) {
  const absl::Time now = absl::Now();
  if (!options.since.empty()) {
    ASSIGN_OR_RETURN(request->since, Of("--since", ParseTime(options.since, now)));
  }
  if (!options.until.empty()) {
    ASSIGN_OR_RETURN(request->until, Of("--until", ParseTime(options.until, now)));
  }
  const bool empty =
      request->until && request->since.value_or(absl::UnixEpoch()) >= *request->until;
  if (!empty) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "no time lies between --since {} and --until {}",
               options.since, options.until);
}

StatusOr<app::VerifyRequest> ToRequest(const VerifyOptions& options) {
  app::VerifyRequest request;
  for (const std::string& name : options.tables) {
    ASSIGN_OR_RETURN(TableName table, TableName::Parse(name));
    request.tables.push_back(std::move(table));
  }
  ASSIGN_OR_RETURN(request.options.range.start,
                   Of("--start-row", FromStringBinary(options.start_row)));
  ASSIGN_OR_RETURN(request.options.range.stop,
                   Of("--stop-row", FromStringBinary(options.stop_row)));
  if (IsEmpty(request.options.range)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "no row lies between --start-row {} and --stop-row {}", options.start_row,
                 options.stop_row);
  }
  request.families = options.families;
  RETURN_IF_ERROR(SetWindow(options, &request));
  request.raw = options.raw;
  request.keys_only = options.depth == "keys";
  if (!options.target_table.empty()) {
    ASSIGN_OR_RETURN(request.target_table,
                     Of("--target-table", TableName::Parse(options.target_table)));
    if (request.tables.size() != 1) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "--target-table names one table on the target: give exactly one -t");
    }
  }
  if (!options.sample.empty()) {
    ASSIGN_OR_RETURN(request.options.sample, ParseSample(options.sample, options.seed));
    if (request.since || request.until || request.raw) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "--sample goes together with neither --since, --until nor --raw");
    }
  } else if (!options.seed.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "--seed is for --sample alone");
  }
  ASSIGN_OR_RETURN(request.max_versions, ParseVersions(options.versions));
  request.confirm = ParseConfirm(options.confirm);
  ASSIGN_OR_RETURN(request.options.confirming.barrier_timeout,
                   Of("--barrier-timeout", ParseDuration(options.barrier_timeout)));
  request.options.ignore_extra = options.extra == "ignore";
  request.options.fail_fast = options.fail_fast;
  ASSIGN_OR_RETURN(request.options.settle, Of("--settle", ParseDuration(options.settle)));
  if (!options.rate.empty()) {
    ASSIGN_OR_RETURN(request.options.bytes_per_second, Of("--rate", ParseRate(options.rate)));
  }
  request.options.streams = options.streams;
  request.max_findings = options.max_drift;
  return request;
}

int RunVerify(const LinkOptions& links, const VerifyOptions& options) {
  auto args = std::make_shared<Args>();
  args->options = options;
  StatusOr<app::VerifyRequest> request = ToRequest(options);
  if (!request.ok()) return PrintError(request.status());
  args->request = *std::move(request);
  StatusOr<app::LinkSpec> link = links.OneLink();
  if (!link.ok()) return PrintError(link.status());
  args->link = *std::move(link);
  args->hint = links.ForHint();
  StatusOr<std::string> ledger_path = links.LedgerPath();
  if (!ledger_path.ok()) return PrintError(ledger_path.status());
  args->ledger_path = *std::move(ledger_path);
  return RunAsync([args](Executor executor) { return VerifyMain(executor, args); });
}

}  // namespace

void AddVerify(CLI::App* app, const LinkOptions* links, Run* run) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verify = app->add_subcommand("verify", "compares tables row by row on both sides");
  verify->fallthrough();
  verify->add_option("-t,--table", options->tables,
                     "a table; again for more. Default: all that the peer replicates");
  verify->add_option("--start-row", options->start_row, "first row, with HBase's escapes (\\x00)");
  verify->add_option("--stop-row", options->stop_row, "row before which to stop");
  verify
      ->add_option("--families", options->families,
                   "families to compare; default: those that are replicated")
      ->delimiter(',');
  verify->add_option("--versions", options->versions,
                     "versions of each column: a number or all; default 1");
  verify->add_flag("--raw", options->raw,
                   "delete markers too: rows of which only markers differ are marks");
  verify->add_option(
      "--since", options->since,
      "only rows with a cell written since: 2026-11-23T16:38:04Z, milliseconds, -2h");
  verify->add_option("--until", options->until, "only rows with a cell written before");
  verify
      ->add_option("--depth", options->depth,
                   "values, or keys: keys and timestamps without values; default values")
      ->check(CLI::IsMember({"values", "keys"}));
  verify->add_option("--sample", options->sample,
                     "rows at random places: a share (1%) or how many; says how sure it is");
  verify->add_option("--seed", options->seed, "the same seed samples the same places");
  verify->add_option("--target-table", options->target_table,
                     "the table's name on the target, for a copy; with one -t");
  verify
      ->add_option("--confirm", options->confirm,
                   "auto, barrier, recheck or none (both sides are at rest)")
      ->check(CLI::IsMember({"auto", "barrier", "recheck", "none"}));
  verify->add_option("--barrier-timeout", options->barrier_timeout,
                     "how long to wait until replication has passed; default 10m");
  verify->add_option("--settle", options->settle,
                     "with recheck: time before rows that differ are read again; default 30s");
  verify
      ->add_option("--extra", options->extra,
                   "rows that only the target has: report, or ignore (it is fed by others too)")
      ->check(CLI::IsMember({"report", "ignore"}));
  verify->add_flag("--fail-fast", options->fail_fast, "end with the first drift");
  verify->add_option("--rate", options->rate,
                     "bytes a second of both sides together, such as 50MB/s");
  verify->add_option("--streams", options->streams, "ranges compared at the same time; default 2")
      ->check(CLI::Range(1, 64));
  verify->add_option("--max-drift", options->max_drift, "rows listed at the most; default 1000");
  verify->add_option("--report", options->report, "file for every row that differs, as JSON lines");
  verify->add_option("--format", options->format, "table, json, jsonl or nagios")
      ->check(CLI::IsMember({"table", "json", "jsonl", "nagios"}));
  verify->callback(
      [links, run, options] { *run = [links, options] { return RunVerify(*links, *options); }; });
}

}  // namespace twinwatch::cli
