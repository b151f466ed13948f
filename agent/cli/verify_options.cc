#include "agent/cli/verify_options.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <optional>
#include <random>

#include "agent/cli/answer.h"
#include "agent/core/bytes.h"
#include "agent/core/duration.h"
#include "agent/core/time_point.h"
#include "agent/core/utc.h"

namespace twinwatch::cli {
namespace {

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

}  // namespace

Status SetWhatMayChange(const VerifyOptions& options, app::VerifyRequest* request) {
  if (!options.rate.empty()) {
    ASSIGN_OR_RETURN(request->options.bytes_per_second, Of("--rate", ParseRate(options.rate)));
  }
  request->options.streams = options.streams;
  request->max_findings = options.max_drift;
  return absl::OkStatus();
}

StatusOr<app::VerifyRequest> ToRequest(const VerifyOptions& options) {
  if (!options.resume.empty() && !options.of_the_run.empty()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "--resume goes on with what run {} was asked for: leave out {}", options.resume,
                 fmt::join(options.of_the_run, ", "));
  }
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
  RETURN_IF_ERROR(SetWhatMayChange(options, &request));
  return request;
}

std::map<std::string, std::string> OptionsThatCount(const app::VerifyRequest& request) {
  const std::optional<SampleRequest>& sample = request.options.sample;
  std::map<std::string, std::string> all = {
      {"start_row", ToStringBinary(request.options.range.start)},
      {"stop_row", ToStringBinary(request.options.range.stop)},
      {"families", fmt::format("{}", fmt::join(request.families, ","))},
      {"versions",
       request.max_versions == kAllVersions ? "all" : fmt::format("{}", request.max_versions)},
      {"depth", request.keys_only ? "keys" : "values"},
      {"raw", request.raw ? "true" : ""},
      {"since", request.since ? ToRfc3339(*request.since) : ""},
      {"until", request.until ? ToRfc3339(*request.until) : ""},
      {"target_table", request.target_table ? request.target_table->ToString() : ""}};
  if (sample) {
    all["sample"] = sample->rows > 0 ? fmt::format("{}", sample->rows)
                                     : fmt::format("{:g}%", sample->fraction * 100);
    all["seed"] = fmt::format("{}", sample->seed);
  }
  std::erase_if(all, [](const auto& option) { return option.second.empty(); });
  return all;
}

void AddVerifyOptions(CLI::App* verify, VerifyOptions* options) {
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
  const std::vector<CLI::Option*> of_the_run = verify->get_options();
  verify->add_option("--resume", options->resume,
                     "goes on with a run that was broken off, or left something undone: its ID; "
                     "an unknown one lists them");
  verify->parse_complete_callback([of_the_run, options] {
    for (const CLI::Option* option : of_the_run) {
      if (option->count() > 0) options->of_the_run.push_back(option->get_name());
    }
  });
  verify->add_option("--rate", options->rate,
                     "bytes a second of both sides together, such as 50MB/s");
  verify->add_option("--streams", options->streams, "ranges compared at the same time; default 2")
      ->check(CLI::Range(1, 64));
  verify->add_option("--max-drift", options->max_drift, "rows listed at the most; default 1000");
  verify->add_option("--report", options->report, "file for every row that differs, as JSON lines");
  AddFormat(verify, &options->format);
}

}  // namespace twinwatch::cli
