// `twinwatch metrics list`: every metric that the agent can export.
#include <fmt/format.h>

#include <memory>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "exporters/metric_list.h"

namespace twinwatch::cli {

void AddMetrics(CLI::App* app, Run* run) {
  CLI::App* metrics = app->add_subcommand("metrics", "what the agent exports");
  metrics->require_subcommand(1);
  auto format = std::make_shared<std::string>("table");
  CLI::App* list = metrics->add_subcommand("list", "name, type, labels and meaning of each metric");
  list->add_option("--format", *format, "table, json or md")
      ->check(CLI::IsMember({"table", "json", "md"}));
  list->callback([run, format] {
    *run = [format] {
      fmt::print("{}", *format == "md"     ? MetricListMarkdown()
                       : *format == "json" ? MetricListDocument() + "\n"
                                           : MetricListText());
      return kFine;
    };
  });
}

}  // namespace twinwatch::cli
