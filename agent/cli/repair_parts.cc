#include "agent/cli/repair_parts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include "agent/app/read_file.h"
#include "agent/cli/answer.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/terminal.h"
#include "agent/core/duration.h"
#include "exporters/repair_json.h"
#include "exporters/repair_nagios.h"
#include "exporters/repair_text.h"

namespace twinwatch::cli {

RepairProgress::RepairProgress() : progress_(StderrIsTerminal()) {}

void RepairProgress::OnProgress(uint64_t rows_done, uint64_t rows, std::string_view doing) {
  const double share = rows == 0 ? 1 : static_cast<double>(rows_done) / static_cast<double>(rows);
  progress_.Show("repair", share, rows_done, doing);
}

void RepairProgress::OnPlanned(const TableName& table, uint64_t rows_done, uint64_t rows) {
  progress_.Show(table.ToString(), static_cast<double>(rows_done) / static_cast<double>(rows),
                 rows_done, "");
}

namespace {

bool NamesClusters(const LinkOptions& links) {
  return !links.source.empty() || !links.config.empty() || !links.link.empty();
}

}  // namespace

LinkOptions OptionsFor(const LinkOptions& typed, const PlannedPair& pair) {
  LinkOptions links = typed;
  for (const auto& [name, place] :
       {std::pair{"source", &links.source}, std::pair{"target", &links.target},
        std::pair{"peer", &links.peer}, std::pair{"config", &links.config},
        std::pair{"link", &links.link}, std::pair{"storage.path", &links.storage_path}}) {
    const auto then = pair.opened_by.find(name);
    if (then == pair.opened_by.end() || !place->empty()) continue;
    if (!NamesClusters(typed) || place == &links.storage_path) *place = then->second;
  }
  return links;
}

StatusOr<app::LinkSpec> SpecOfPlan(const LinkOptions& typed, const PlannedPair& pair) {
  StatusOr<app::LinkSpec> spec = OptionsFor(typed, pair).OneLink();
  if (spec.ok() || NamesClusters(typed)) return spec;
  app::LinkSpec by_key;
  ASSIGN_OR_RETURN(by_key.source, ClusterKey::Parse(pair.source));
  ASSIGN_OR_RETURN(by_key.target, ClusterKey::Parse(pair.target));
  if (!pair.peer.empty()) by_key.peer = pair.peer;
  return by_key;
}

Status AskForTables(const RepairOptions& options, const RepairPlan& plan) {
  if (!options.execute || options.yes || isatty(STDIN_FILENO) != 1) return absl::OkStatus();
  std::set<TableName> tables;
  for (const PlannedRange& range : plan.ranges) tables.insert(range.table);
  for (const TableName& table : tables) {
    fmt::print(stderr,
               "This writes to table {} of {}.\nType the table's name to go on: ", table.ToString(),
               plan.pair.target);
    std::string typed;
    for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
      typed += static_cast<char>(c);
    if (typed == table.ToString()) continue;
    return Error(absl::StatusCode::kFailedPrecondition,
                 "\"{}\" is not the table's name: nothing was written", typed);
  }
  return absl::OkStatus();
}

StatusOr<std::string> ReadWhole(const std::string& path, uint64_t limit) {
  StatusOr<std::string> text = app::ReadFile(path, limit);
  if (text.ok()) return text;
  return Error(absl::StatusCode::kInvalidArgument, "{} cannot be read: {}", path,
               Text(text.status()));
}

StatusOr<std::string> StorageOf(const LinkOptions& links) {
  ASSIGN_OR_RETURN(const std::string ledger, links.LedgerPath());
  std::error_code error;
  return std::filesystem::absolute(std::filesystem::path(ledger).parent_path(), error).string();
}

std::unique_ptr<ledger::Ledger> LedgerIfAny(const LinkOptions& links, ledger::OpenMode mode) {
  const StatusOr<std::string> path = links.LedgerPath();
  StatusOr<std::unique_ptr<ledger::Ledger>> ledger =
      path.ok() ? ledger::Ledger::Open(*path, mode) : path.status();
  if (ledger.ok()) return *std::move(ledger);
  if (!absl::IsNotFound(ledger.status()))
    PrintError(Annotate(ledger.status(), "this is not remembered"));
  return nullptr;
}

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

int PrintOutcome(const RepairOptions& options, const RepairOutcome& outcome) {
  if (options.format == kNagios) {
    Tell(RepairOutcomeNagios(outcome));
  } else if (IsDocument(options.format)) {
    fmt::print("{}\n", RepairOutcomeDocument(outcome));
  } else {
    fmt::print("{}", RepairOutcomeText(outcome, {WantsColour(), options.file}));
  }
  if (outcome.dry_run || IsWhole(outcome)) return kFine;
  return outcome.rows_left > 0 || outcome.rows_differ > 0 ? kRed : kCouldNotTell;
}

}  // namespace twinwatch::cli
