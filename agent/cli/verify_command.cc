// `twinwatch verify`: compares tables of both sides and says what differs.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "agent/app/link_history.h"
#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/remembered_run.h"
#include "agent/cli/run_async.h"
#include "agent/cli/terminal.h"
#include "agent/cli/verify_options.h"
#include "agent/cli/verify_output.h"
#include "exporters/text_format.h"
#include "exporters/verify_json.h"

namespace twinwatch::cli {
namespace {

struct Args {
  VerifyOptions options;
  app::LinkSpec link;
  app::VerifyRequest request;
  std::optional<RunToResume> resume;
  std::string ledger_path;
  std::string hint;    // the global options, for commands to type next
  std::string run_id;  // once it can be resumed
};

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

// The verdict's exit code, or an error when there is no verdict.
Task<StatusOr<int>> Verify(Executor executor, std::shared_ptr<Args> args) {
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<app::Link> link,
                      co_await app::OpenLink(executor, args->link, app::Sides::kBoth));
  auto [described_source, described_target] =
      co_await Both(link->source->Describe(), link->target->Describe());
  CO_ASSIGN_OR_RETURN(const ClusterInfo source, std::move(described_source));
  CO_ASSIGN_OR_RETURN(const ClusterInfo target, std::move(described_target));
  CO_ASSIGN_OR_RETURN(std::vector<app::TablePlan> plans,
                      co_await app::PlanVerify(link.get(), args->request));
  // One that cannot be opened is said below, when the run is to be remembered.
  const auto known = ledger::Ledger::Open(args->ledger_path, ledger::OpenMode::kExisting);
  CO_ASSIGN_OR_RETURN(
      const app::Proof proof,
      co_await app::OpenProof(executor, link.get(), known.ok() ? known->get() : nullptr,
                              args->request.confirm));
  CO_ASSIGN_OR_RETURN(File report, OpenReport(args->options.report));
  if (args->options.format == "table")
    PrintClusters(*link, source, target, args->request.target_table);
  VerifyOutput output(args->options.format, std::move(report));
  app::RunIdentity run;
  run.begun = args->resume ? args->resume->record.begun : absl::Now();
  run.id = args->resume ? args->resume->record.id : app::NewRunId(run.begun);
  ReportHeader header;
  header.started = run.begun;
  header.run = run.id;
  header.source = link->source->name();
  header.target = link->target->name();
  header.source_version = source.hbase_version;
  header.target_version = target.hbase_version;
  if (link->peer) header.peer = link->peer->id;
  header.scope = app::ScopeOf(args->request);
  header.more_options = OptionsThatCount(args->request);
  header.confirm = app::ConfirmText(args->request.confirm, proof);
  for (const app::TablePlan& plan : plans) header.tables.push_back(plan.pair.source_table);
  output.Line(ReportHeaderLine(header));
  app::RecordedRun recorded =
      app::ToRecordedRun(args->request, plans, source, target, *link, run.id, run.begun);
  RememberedRun remembered;
  if (args->resume) {
    CO_ASSIGN_OR_RETURN(run.found_before,
                        remembered.Resume(*std::move(args->resume), std::move(recorded),
                                          args->request.max_findings, &plans, &output));
  } else {
    remembered.Begin(args->ledger_path, std::move(recorded), &output);
  }
  if (remembered.is_remembered()) args->run_id = run.id;
  if (link->peer && remembered.is_remembered()) {
    StatusOr<app::LinkHistory> history = co_await app::NoteAndRecall(
        remembered.ledger(), source.cluster_id, link->source.get(), *link->peer);
    if (history.ok()) link->history = *std::move(history);
  }
  const VerifyResult result = co_await app::RunVerify(
      link.get(), std::move(plans), args->request, &proof, std::move(run), remembered.observer());
  remembered.End(result);
  output.Line(ReportSummaryLine(result));
  CO_RETURN_IF_ERROR(output.Finish());
  for (const TableResult& table : result.tables) {
    if (table.error)
      PrintError(
          Error(absl::StatusCode::kNotFound, "{}: {}", table.table.ToString(), *table.error));
  }
  PrintResult(args->options.format, result, args->hint, remembered.is_remembered());
  co_return CodeOf(result.verdict());
}

Task<int> VerifyMain(Executor executor, std::shared_ptr<Args> args) {
  const std::string& format = args->options.format;
  const StatusOr<int> code = co_await Verify(executor, args);
  co_return code.ok() ? ExitCodeIn(format, *code) : Fail(format, code.status());
}

StatusOr<std::shared_ptr<Args>> ToArgs(const LinkOptions& links, const VerifyOptions& options) {
  auto args = std::make_shared<Args>();
  args->options = options;
  ASSIGN_OR_RETURN(args->request, ToRequest(options));
  ASSIGN_OR_RETURN(args->link, links.OneLink());
  args->hint = links.ForHint();
  ASSIGN_OR_RETURN(args->ledger_path, links.LedgerPath());
  if (options.resume.empty()) return args;
  ASSIGN_OR_RETURN(args->resume, LoadRunToResume(args->ledger_path, options.resume));
  args->request = args->resume->request;
  RETURN_IF_ERROR(SetWhatMayChange(options, &args->request));
  return args;
}

int RunVerify(const LinkOptions& links, const VerifyOptions& options) {
  const StatusOr<std::shared_ptr<Args>> args = ToArgs(links, options);
  if (!args.ok()) return Fail(options.format, args.status());
  const int code = RunAsync([&args](Executor executor) { return VerifyMain(executor, *args); });
  if (code == kInterrupted && !(*args)->run_id.empty()) {
    const std::string id = (*args)->run_id;
    fmt::print(stderr, "{}\n",
               Wrapped(fmt::format("Resume: twinwatch verify --resume {}{}", id, (*args)->hint)));
  }
  return code;
}

}  // namespace

void AddVerify(CLI::App* app, const LinkOptions* links, Run* run) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verify = app->add_subcommand("verify", "compares tables row by row on both sides");
  verify->fallthrough();
  AddVerifyOptions(verify, options.get());
  verify->callback(
      [links, run, options] { *run = [links, options] { return RunVerify(*links, *options); }; });
}

}  // namespace twinwatch::cli
