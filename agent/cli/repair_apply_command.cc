// `twinwatch repair apply`: a plan is carried out.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "agent/app/repair_apply.h"
#include "agent/app/repair_fit.h"
#include "agent/cli/repair_parts.h"
#include "agent/core/duration.h"
#include "exporters/repair_plan_json.h"
#include "probes/copytable/hbase_copier.h"

namespace twinwatch::cli {
namespace {

constexpr uint64_t kMaxPlan = uint64_t{1} << 30;

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
  const app::RepairTools tools{executor, link.get(), ledger.get(), &copier, &progress};
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
  co_return PrintOutcome(*options, *outcome);
}

}  // namespace twinwatch::cli
