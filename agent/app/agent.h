// The service: watches the configured links and serves what is known of them over HTTP.
#pragma once

#include <functional>
#include <string>

#include "agent/app/config.h"
#include "agent/core/status.h"

namespace twinwatch::app {

// Reads the configuration again.
using ConfigLoader = std::function<StatusOr<Config>()>;

// Runs until SIGINT or SIGTERM, then returns OK. `web_config_file` says who may ask (web_config.h);
// empty: everybody. On SIGHUP `load` and that file are tried: when both are good this program is
// executed anew in the same process, with the same arguments; when it is bad the old configuration
// stays in force, and the log says why. An error when it cannot begin: the configuration names no
// link, or its address cannot be had.
Status RunAgent(const Config& config, const std::string& listen_address,
                const std::string& ledger_path, const std::string& web_config_file,
                const ConfigLoader& load);

}  // namespace twinwatch::app
