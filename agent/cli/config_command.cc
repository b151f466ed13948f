// `twinwatch config check`: is the configuration file right?
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent/cli/answer.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "exporters/json_values.h"
#include "exporters/text_format.h"

namespace twinwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Found {
  app::Config config;
  std::vector<app::LinkSpec> links;  // as many as the configuration's, in that order
};

StatusOr<Found> Look(const LinkOptions& options) {
  Found found;
  ASSIGN_OR_RETURN(found.config, options.LoadConfig());
  for (const app::LinkConfig& link : found.config.links) {
    StatusOr<app::LinkSpec> spec =
        app::LinkSpecFromConfig(found.config, link, app::CapsOf(found.config));
    if (!spec.ok()) return Annotate(spec.status(), "link " + link.name);
    found.links.push_back(*std::move(spec));
  }
  return found;
}

std::string Summary(const Found& found) {
  return fmt::format("{}, {}", Plural(found.config.clusters.size(), "cluster", "clusters"),
                     Plural(found.links.size(), "link", "links"));
}

std::string Document(const Found& found) {
  Json links = Json::array();
  for (size_t i = 0; i < found.links.size(); ++i) {
    const std::optional<ClusterKey>& target = found.links[i].target;
    links.push_back({{"link", found.config.links[i].name},
                     {"source", found.links[i].source.ToString()},
                     {"target", target ? Json(target->ToString()) : Json(nullptr)},
                     {"peer", OrNull(found.config.links[i].peer)}});
  }
  return Dumped({{"schema_version", kSchemaVersion},
                 {"command", "config check"},
                 {"clusters", found.config.clusters.size()},
                 {"links", std::move(links)}});
}

void PrintTable(const Found& found) {
  for (size_t i = 0; i < found.links.size(); ++i) {
    const app::LinkSpec& spec = found.links[i];
    const app::LinkConfig& link = found.config.links[i];
    fmt::print("{}\n",
               Wrapped(fmt::format("{}: {} to {}, peer {}", link.name, spec.source.ToString(),
                                   spec.target ? spec.target->ToString() : "the peer's cluster",
                                   link.peer.value_or("the only one"))));
  }
  fmt::print("OK: {}\n", Summary(found));
}

int Check(const LinkOptions& options, const std::string& format) {
  const StatusOr<Found> found = Look(options);
  if (!found.ok()) return Fail(format, found.status());
  if (format == kNagios) return Tell(ToNagios(NagiosState::kOk, Summary(*found)));
  if (IsDocument(format)) {
    fmt::print("{}\n", Document(*found));
  } else {
    PrintTable(*found);
  }
  return kFine;
}

}  // namespace

void AddConfig(CLI::App* app, const LinkOptions* links, Run* run) {
  CLI::App* config = app->add_subcommand("config", "the configuration file");
  config->require_subcommand(1);
  config->fallthrough();
  auto format = std::make_shared<std::string>("table");
  CLI::App* check =
      config->add_subcommand("check", "says what is wrong with it, with file and line");
  check->fallthrough();
  AddFormat(check, format.get());
  check->callback(
      [links, run, format] { *run = [links, format] { return Check(*links, *format); }; });
}

}  // namespace twinwatch::cli
