// `twinwatch repair apply` and `undo`: a plan is carried out, or taken back.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "agent/app/repair_fit.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/repair_parts.h"
#include "agent/cli/terminal.h"
#include "agent/core/duration.h"
#include "exporters/repair_json.h"
#include "exporters/repair_plan_json.h"
#include "exporters/repair_text.h"
#include "exporters/text_format.h"
#include "probes/copytable/hbase_copier.h"
#include "verifier/repair/export_undo.h"
#include "verifier/repair/journal.h"

namespace twinwatch::cli {
namespace {

constexpr uint64_t kMaxPlan = uint64_t{1} << 30;

StatusOr<uint64_t> RateOf(const RepairOptions& options) {
  if (options.rate.empty()) return 0;
  StatusOr<uint64_t> rate = ParseRate(options.rate);
  return rate.ok() ? rate : Annotate(rate.status(), "--rate");
}

StatusOr<ParsedPlan> ParsePlanOf(const std::string& text, const std::string& path) {
  StatusOr<ParsedPlan> parsed = ParsePlan(text);
  if (!parsed.ok()) return Annotate(parsed.status(), path);
  return parsed;
}

StatusOr<std::string> StorageOf(const LinkOptions& links) {
  ASSIGN_OR_RETURN(const std::string ledger, links.LedgerPath());
  std::error_code error;
  return std::filesystem::absolute(std::filesystem::path(ledger).parent_path(), error).string();
}

int Print(const RepairOptions& options, const RepairOutcome& outcome) {
  if (options.format == "json") {
    fmt::print("{}\n", RepairOutcomeDocument(outcome));
  } else {
    fmt::print("{}", RepairOutcomeText(outcome, {WantsColour(), options.file}));
  }
  if (outcome.dry_run || IsWhole(outcome)) return kFine;
  return outcome.rows_left > 0 || outcome.rows_differ > 0 ? kRed : kCouldNotTell;
}

// No cluster is asked: whether the target replicates on is not known, so it is taken that it does.
StatusOr<int> Export(const RepairOptions& options, const RepairPlan& plan) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, Journal::Open(options.file));
  std::error_code error;
  const std::string folder = std::filesystem::absolute(options.export_to, error).string();
  ASSIGN_OR_RETURN(const std::vector<ExportedTable> tables,
                   ExportUndo(journal.get(), {folder, plan.pair.target, true, absl::Now()}));
  for (const ExportedTable& table : tables) {
    fmt::print("{}: {} in {}\n", table.table.ToString(), Plural(table.cells, "cell", "cells"),
               table.folder);
  }
  fmt::print("{}\n", Wrapped(tables.empty()
                                 ? "EXPORTED: nothing, for nothing was written"
                                 : "EXPORTED: each folder's _README.txt has the command that puts "
                                   "its cells back"));
  return kFine;
}

}  // namespace

Task<StatusOr<int>> ApplyRepair(Executor executor, std::shared_ptr<const RepairOptions> options,
                                std::shared_ptr<const LinkOptions> links) {
  CO_ASSIGN_OR_RETURN(const std::string text, ReadWhole(options->file, kMaxPlan));
  CO_ASSIGN_OR_RETURN(const ParsedPlan parsed, ParsePlanOf(text, options->file));
  app::ApplyRequest request;
  request.plan = &parsed.plan;
  request.plan_text = text;
  request.plan_digest = parsed.digest;
  request.execute = options->execute;
  CO_ASSIGN_OR_RETURN(request.bytes_per_second, RateOf(*options));
  const StatusOr<uint64_t> max_journal = ParseBytes(options->max_journal);
  if (!max_journal.ok()) co_return Annotate(max_journal.status(), "--max-journal");
  request.max_journal_bytes = *max_journal;
  const LinkOptions meant = OptionsFor(*links, parsed.plan.pair);
  CO_ASSIGN_OR_RETURN(const std::string storage, StorageOf(meant));
  request.journal_path = app::JournalPath(storage, parsed.digest);
  CO_ASSIGN_OR_RETURN(const app::LinkSpec spec, SpecOfPlan(*links, parsed.plan.pair));
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<app::Link> link,
                      co_await app::OpenLink(executor, spec, app::Sides::kBoth));
  CO_RETURN_IF_ERROR(
      co_await app::CheckDirection(executor, link.get(), parsed.plan.options.allow_reverse));
  CO_RETURN_IF_ERROR(co_await app::CheckPlanFits(link.get(), &parsed.plan, absl::Now()));
  CO_RETURN_IF_ERROR(AskForTables(*options, parsed.plan));
  const std::unique_ptr<ledger::Ledger> ledger = LedgerIfAny(meant, ledger::OpenMode::kExisting);
  RepairProgress progress;
  copytable::HBaseCopier copier(spec.hbase_command, storage + "/jobs");
  const app::ApplyTools tools{executor, link.get(), ledger.get(), &copier, &progress};
  const std::string journal = request.journal_path;
  const StatusOr<RepairOutcome> outcome = co_await app::ApplyPlan(tools, std::move(request));
  progress.Clear();
  if (!outcome.ok()) {
    std::error_code error;
    if (std::filesystem::exists(journal, error)) {
      fmt::print(stderr,
                 "Go on: twinwatch repair apply {} --execute\nUndo: twinwatch repair undo {}\n",
                 options->file, journal);
    }
    co_return outcome.status();
  }
  co_return Print(*options, *outcome);
}

Task<StatusOr<int>> UndoRepair(Executor executor, std::shared_ptr<const RepairOptions> options,
                               std::shared_ptr<const LinkOptions> links) {
  app::UndoRequest request;
  request.journal_path = options->file;
  request.execute = options->execute;
  request.allow_compaction = options->allow_compaction;
  CO_ASSIGN_OR_RETURN(request.bytes_per_second, RateOf(*options));
  std::string text;
  {
    CO_ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, Journal::Open(options->file));
    text = journal->header().plan;
  }
  CO_ASSIGN_OR_RETURN(const ParsedPlan parsed, ParsePlanOf(text, options->file));
  request.plan = &parsed.plan;
  request.plan_digest = parsed.digest;
  if (!options->export_to.empty()) co_return Export(*options, parsed.plan);
  CO_ASSIGN_OR_RETURN(const app::LinkSpec spec, SpecOfPlan(*links, parsed.plan.pair));
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<app::Link> link,
                      co_await app::OpenLink(executor, spec, app::Sides::kBoth));
  CO_RETURN_IF_ERROR(co_await app::CheckSameClusters(link.get(), &parsed.plan.pair));
  CO_RETURN_IF_ERROR(AskForTables(*options, parsed.plan));
  RepairProgress progress;
  const app::ApplyTools tools{executor, link.get(), nullptr, nullptr, &progress};
  const StatusOr<RepairOutcome> outcome = co_await app::UndoPlan(tools, std::move(request));
  progress.Clear();
  CO_RETURN_IF_ERROR(outcome.status());
  co_return Print(*options, *outcome);
}

}  // namespace twinwatch::cli
