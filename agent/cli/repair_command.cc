// `twinwatch repair plan|apply|undo`: mends what is known to differ.
#include <memory>

#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/repair_parts.h"
#include "agent/cli/run_async.h"

namespace twinwatch::cli {
namespace {

Task<int> Main(Executor executor, RepairVerb verb, std::shared_ptr<const RepairOptions> options,
               std::shared_ptr<const LinkOptions> links) {
  const StatusOr<int> code = co_await verb(executor, options, links);
  co_return code.ok() ? ExitCodeIn(options->format, *code) : Fail(options->format, code.status());
}

int RunVerb(RepairVerb verb, const LinkOptions& links,
            std::shared_ptr<const RepairOptions> options) {
  auto of_this_run = std::make_shared<const LinkOptions>(links);
  return RunAsync([verb, options, of_this_run](Executor executor) {
    return Main(executor, verb, options, of_this_run);
  });
}

void AddExecution(CLI::App* command, RepairOptions* options) {
  command->add_flag("--execute", options->execute, "do it; else what would be done is shown");
  command->add_flag("--yes", options->yes, "do not ask for the table's name");
  command->add_option("--rate", options->rate, "at most so much is written: 5MB/s");
}

}  // namespace

void AddRepair(CLI::App* app, const LinkOptions* links, Run* run) {
  CLI::App* repair = app->add_subcommand("repair", "mends what is known to differ");
  repair->require_subcommand(1);
  repair->fallthrough();
  const auto add = [&](const char* name, const char* help, RepairVerb verb) {
    auto options = std::make_shared<RepairOptions>();
    CLI::App* command = repair->add_subcommand(name, help);
    command->fallthrough();
    command->callback([links, run, options, verb] {
      *run = [links, options, verb] { return RunVerb(verb, *links, options); };
    });
    AddFormat(command, &options->format);
    return std::pair(command, options);
  };

  const auto [plan, planning] =
      add("plan", "what would be written, and what not, and why", PlanRepair);
  plan->add_option("-t,--table", planning->tables,
                   "a table; again for more. Default: all of which something is known to differ");
  plan->add_option("--from", planning->from, "a report of verify, instead of the ledger");
  plan->add_option("--engine", planning->engine, "auto, copytable or direct")
      ->check(CLI::IsMember({"auto", "copytable", "direct"}));
  plan->add_flag("--allow-deletes", planning->allow_deletes,
                 "remove rows and cells that only the target has");
  plan->add_flag("--allow-compaction", planning->allow_compaction,
                 "compact delete markers away that would hide what is put");
  plan->add_flag("--allow-reverse", planning->allow_reverse, "write towards a source");
  plan->add_flag("--accept-recheck", planning->accept_recheck,
                 "take what no barrier has confirmed; never for deletes");
  plan->add_option("-o,--output", planning->output, "the file to write the plan to");

  const auto [apply, applying] = add("apply", "carries out a plan", ApplyRepair);
  apply->add_option("PLAN", applying->file, "the plan's file")->required();
  AddExecution(apply, applying.get());
  apply->add_option("--max-journal", applying->max_journal, "size of the undo journal (1GiB)");

  const auto [undo, undoing] = add("undo", "takes back what apply wrote", UndoRepair);
  undo->add_option("JOURNAL", undoing->file, "the undo journal, as apply names it")->required();
  AddExecution(undo, undoing.get());
  undo->add_flag("--allow-compaction", undoing->allow_compaction,
                 "compact apply's own delete markers away");
  undo->add_option("--export", undoing->export_to,
                   "write no cluster, but a folder for HBase's own Import");
}

}  // namespace twinwatch::cli
