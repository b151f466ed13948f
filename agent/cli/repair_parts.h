// What `repair plan`, `apply` and `undo` have in common.
#pragma once

#include <memory>
#include <string>

#include "agent/app/repair_tools.h"
#include "agent/cli/link_options.h"
#include "agent/cli/progress.h"
#include "exporters/repair_plan_json.h"
#include "verifier/repair/outcome.h"
#include "verifier/repair/plan_table.h"

namespace twinwatch::cli {

// As typed.
struct RepairOptions {
  std::vector<std::string> tables;
  std::string from;
  std::string engine = "auto";
  bool allow_deletes = false;
  bool allow_compaction = false;
  bool allow_reverse = false;
  bool accept_recheck = false;
  std::string output;
  std::string file;       // the plan, or the journal
  std::string export_to;  // a folder, for HBase's Import
  bool execute = false;
  bool yes = false;
  std::string rate;
  std::string max_journal = "1GiB";
  std::string format = "table";
};

using RepairVerb = Task<StatusOr<int>> (*)(Executor, std::shared_ptr<const RepairOptions>,
                                           std::shared_ptr<const LinkOptions>);

Task<StatusOr<int>> PlanRepair(Executor executor, std::shared_ptr<const RepairOptions> options,
                               std::shared_ptr<const LinkOptions> links);
Task<StatusOr<int>> ApplyRepair(Executor executor, std::shared_ptr<const RepairOptions> options,
                                std::shared_ptr<const LinkOptions> links);
Task<StatusOr<int>> UndoRepair(Executor executor, std::shared_ptr<const RepairOptions> options,
                               std::shared_ptr<const LinkOptions> links);

// Progress on stderr.
class RepairProgress : public app::RepairObserver, public PlanObserver {
 public:
  RepairProgress();
  void OnProgress(uint64_t rows_done, uint64_t rows, std::string_view doing) override;
  void OnPlanned(const TableName& table, uint64_t rows_done, uint64_t rows) override;
  void Clear() { progress_.Clear(); }

 private:
  Progress progress_;
};

// What the command line says of clusters and storage; where it says nothing, what it said when the
// plan was made.
LinkOptions OptionsFor(const LinkOptions& typed, const PlannedPair& pair);

// The clusters of a plan by OptionsFor; where the plan's own options lead nowhere any more, by
// their cluster keys.
StatusOr<app::LinkSpec> SpecOfPlan(const LinkOptions& typed, const PlannedPair& pair);

// On a terminal, unless --yes: the names of the tables that are about to be written are typed.
// kCancelled when they are not.
Status AskForTables(const RepairOptions& options, const RepairPlan& plan);

// The whole file. `limit` bytes at most.
StatusOr<std::string> ReadWhole(const std::string& path, uint64_t limit);

// Bytes a second; 0: as fast as it goes.
StatusOr<uint64_t> RateOf(const RepairOptions& options);

// Errors name the file.
StatusOr<ParsedPlan> ParsePlanOf(const std::string& text, const std::string& path);

// What was done, in the format that is asked for; and the exit code.
int PrintOutcome(const RepairOptions& options, const RepairOutcome& outcome);

// The folder, whole.
StatusOr<std::string> StorageOf(const LinkOptions& links);

// The ledger, or null with a word on stderr where it cannot be used.
std::unique_ptr<ledger::Ledger> LedgerIfAny(const LinkOptions& links, ledger::OpenMode mode);

}  // namespace twinwatch::cli
