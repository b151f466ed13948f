// `twinwatch agent`: the service.
#include <memory>

#include "agent/app/agent.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/terminal.h"

namespace twinwatch::cli {
namespace {

constexpr char kDefaultAddress[] = "127.0.0.1:9919";

}  // namespace

void AddAgent(CLI::App* app, const LinkOptions* links, Run* run) {
  auto address = std::make_shared<std::string>();
  auto web_config = std::make_shared<std::string>();
  CLI::App* agent = app->add_subcommand("agent", "the service: watches links, serves /metrics");
  agent->fallthrough();
  agent->add_option("--web.listen-address", *address,
                    "HOST:PORT to serve on; default 127.0.0.1:9919");
  agent->add_option("--web.config.file", *web_config,
                    "TLS and users, in the format of Prometheus' exporters; default: neither");
  agent->callback([links, run, address, web_config] {
    *run = [links, address, web_config] {
      const StatusOr<app::Config> config = links->LoadConfig();
      if (!config.ok()) return PrintError(config.status());
      const std::string listen =
          !address->empty() ? *address : config->web_listen_address.value_or(kDefaultAddress);
      const StatusOr<std::string> ledger = links->LedgerPath();
      if (!ledger.ok()) return PrintError(ledger.status());
      const Status status = app::RunAgent(*config, listen, *ledger, *web_config,
                                          [links] { return links->LoadConfig(); });
      return status.ok() ? static_cast<int>(kFine) : PrintError(status);
    };
  });
}

}  // namespace twinwatch::cli
