// `twinwatch repair plan`: what would be written to mend what is known to differ.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "agent/app/repair_plan.h"
#include "agent/app/write_file.h"
#include "agent/cli/answer.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/repair_parts.h"
#include "agent/cli/terminal.h"
#include "agent/cli/verify_output.h"
#include "exporters/repair_nagios.h"
#include "exporters/repair_plan_json.h"
#include "exporters/repair_text.h"

namespace twinwatch::cli {
namespace {

constexpr uint64_t kMaxReport = uint64_t{4} << 30;

std::optional<RepairEngine> EngineOf(const std::string& name) {
  if (name == "direct") return RepairEngine::kDirect;
  if (name == "copytable") return RepairEngine::kCopyTable;
  return std::nullopt;
}

StatusOr<app::RepairRequest> RequestOf(const RepairOptions& options) {
  app::RepairRequest request;
  for (const std::string& name : options.tables) {
    ASSIGN_OR_RETURN(TableName table, TableName::Parse(name));
    request.tables.push_back(std::move(table));
  }
  request.engine = EngineOf(options.engine);
  request.options = {options.allow_deletes, options.allow_compaction, options.allow_reverse,
                     options.accept_recheck};
  if (options.from.empty()) return request;
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(options.from, kMaxReport));
  StatusOr<Report> report = ParseReport(text);
  if (!report.ok()) return Annotate(report.status(), options.from);
  request.report = *std::move(report);
  return request;
}

Status WritePlan(const std::string& path, const std::string& text) {
  const Status written = app::WriteWhole(path, text + "\n", 0666);
  if (written.ok()) return written;
  return Error(absl::StatusCode::kInvalidArgument, "-o: {}", Text(written));
}

// Options that name folders and files are made to hold wherever the plan is applied.
std::map<std::string, std::string> OpenedBy(const LinkOptions& links) {
  const auto absolute = [](const std::string& path) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(path, error);
    return error ? path : whole.lexically_normal().string();
  };
  const auto of_cluster = [&absolute](const std::string& spec) {
    constexpr std::string_view kConf = "conf:";
    if (!spec.starts_with(kConf)) return spec;
    return std::string(kConf) + absolute(spec.substr(kConf.size()));
  };
  std::map<std::string, std::string> typed = {
      {"source", of_cluster(links.source)},
      {"target", of_cluster(links.target)},
      {"peer", links.peer},
      {"config", links.config.empty() ? "" : absolute(links.config)},
      {"link", links.link},
      {"storage.path", links.storage_path.empty() ? "" : absolute(links.storage_path)}};
  std::erase_if(typed, [](const auto& option) { return option.second.empty(); });
  return typed;
}

}  // namespace

Task<StatusOr<int>> PlanRepair(Executor executor, std::shared_ptr<const RepairOptions> options,
                               std::shared_ptr<const LinkOptions> links) {
  CO_ASSIGN_OR_RETURN(app::RepairRequest request, RequestOf(*options));
  CO_ASSIGN_OR_RETURN(const app::LinkSpec spec, links->OneLink());
  const std::unique_ptr<ledger::Ledger> ledger = LedgerIfAny(*links, ledger::OpenMode::kExisting);
  CO_ASSIGN_OR_RETURN(const std::unique_ptr<app::Link> link,
                      co_await app::OpenLink(executor, spec, app::Sides::kBoth));
  RepairProgress progress;
  CO_ASSIGN_OR_RETURN(RepairPlan plan,
                      co_await app::MakeRepairPlan(executor, link.get(), ledger.get(),
                                                   std::move(request), &progress));
  progress.Clear();
  plan.pair.opened_by = OpenedBy(*links);
  const PlanDocument document = ToDocument(plan);
  if (!options->output.empty()) CO_RETURN_IF_ERROR(WritePlan(options->output, document.text));
  if (ledger && !options->output.empty())
    CO_RETURN_IF_ERROR(app::NotePlanned(ledger.get(), plan, absl::Now()));
  if (options->format == kNagios) {
    Tell(RepairPlanNagios(plan));
  } else if (IsDocument(options->format)) {
    fmt::print("{}\n", document.text);
  } else {
    fmt::print("{}", RepairPlanText(plan, {WantsColour(), options->output}));
  }
  co_return plan.refused.empty() ? kFine : kRed;
}

}  // namespace twinwatch::cli
