// `twinwatch config check`: is the configuration file right?
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/terminal.h"

namespace twinwatch::cli {

void AddConfig(CLI::App* app, const LinkOptions* links, Run* run) {
  CLI::App* config = app->add_subcommand("config", "the configuration file");
  config->require_subcommand(1);
  config->fallthrough();
  CLI::App* check =
      config->add_subcommand("check", "says what is wrong with it, with file and line");
  check->fallthrough();
  check->callback([links, run] {
    *run = [links] {
      const StatusOr<app::Config> loaded = links->LoadConfig();
      if (!loaded.ok()) return PrintError(loaded.status());
      for (const app::LinkConfig& link : loaded->links) {
        const StatusOr<app::LinkSpec> spec =
            app::LinkSpecFromConfig(*loaded, link, app::CapsOf(*loaded));
        if (!spec.ok()) return PrintError(Annotate(spec.status(), "link " + link.name));
        fmt::print("{}: {} to {}, peer {}\n", link.name, spec->source.ToString(),
                   spec->target ? spec->target->ToString() : "the peer's cluster",
                   link.peer.value_or("the only one"));
      }
      fmt::print("OK: {} clusters, {} links\n", loaded->clusters.size(), loaded->links.size());
      return static_cast<int>(kFine);
    };
  });
}

}  // namespace twinwatch::cli
