// `twinwatch repair undo`: an applied plan is taken back, here or by HBase's Import.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "agent/app/repair_fit.h"
#include "agent/app/repair_undo.h"
#include "agent/cli/answer.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/repair_parts.h"
#include "exporters/json_values.h"
#include "exporters/text_format.h"
#include "probes/copytable/hbase_copier.h"
#include "verifier/repair/export_undo.h"
#include "verifier/repair/journal.h"

namespace twinwatch::cli {
namespace {

// A file that is not there was named wrongly, as a plan would be.
StatusOr<std::unique_ptr<Journal>> OpenJournal(const std::string& path) {
  StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path);
  if (!absl::IsNotFound(journal.status())) return journal;
  return Error(absl::StatusCode::kInvalidArgument, "{}", Text(journal.status()));
}

std::string ExportDocument(const std::vector<ExportedTable>& tables) {
  nlohmann::ordered_json exported = nlohmann::ordered_json::array();
  for (const ExportedTable& table : tables) {
    exported.push_back(
        {{"table", table.table.ToString()}, {"folder", table.folder}, {"cells", table.cells}});
  }
  return Dumped({{"schema_version", kSchemaVersion},
                 {"command", "repair undo"},
                 {"exported", std::move(exported)}});
}

// No cluster is asked: whether the target replicates on is not known, so it is taken that it does.
StatusOr<int> Export(const RepairOptions& options, const RepairPlan& plan) {
  if (options.format == kNagios) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "--format nagios is no format of --export: leave it out, or give json");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, OpenJournal(options.file));
  std::error_code error;
  const std::string folder = std::filesystem::absolute(options.export_to, error).string();
  ASSIGN_OR_RETURN(const std::vector<ExportedTable> tables,
                   ExportUndo(journal.get(), {folder, plan.pair.target, true, absl::Now()}));
  if (IsDocument(options.format)) {
    fmt::print("{}\n", ExportDocument(tables));
    return kFine;
  }
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

Task<StatusOr<int>> UndoRepair(Executor executor, std::shared_ptr<const RepairOptions> options,
                               std::shared_ptr<const LinkOptions> links) {
  app::UndoRequest request;
  request.journal_path = options->file;
  request.execute = options->execute;
  request.allow_compaction = options->allow_compaction;
  CO_ASSIGN_OR_RETURN(request.bytes_per_second, RateOf(*options));
  std::string text;
  {
    CO_ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, OpenJournal(options->file));
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
  const LinkOptions meant = OptionsFor(*links, parsed.plan.pair);
  CO_ASSIGN_OR_RETURN(const std::string storage, StorageOf(meant));
  const std::unique_ptr<ledger::Ledger> ledger = LedgerIfAny(meant, ledger::OpenMode::kExisting);
  RepairProgress progress;
  copytable::HBaseCopier copier(spec.hbase_command, storage + "/jobs");
  const app::RepairTools tools{executor, link.get(), ledger.get(), &copier, &progress};
  const StatusOr<RepairOutcome> outcome = co_await app::UndoPlan(tools, std::move(request));
  progress.Clear();
  CO_RETURN_IF_ERROR(outcome.status());
  co_return PrintOutcome(*options, *outcome);
}

}  // namespace twinwatch::cli
