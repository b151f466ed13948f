// The service: watches the configured links and serves what is known of them over HTTP.
#pragma once

#include <string>

#include "agent/app/config.h"
#include "agent/core/status.h"

namespace twinwatch::app {

// Runs until SIGINT or SIGTERM, then returns OK. An error when it cannot begin: the configuration
// names no link, or its address cannot be had.
Status RunAgent(const Config& config, const std::string& listen_address,
                const std::string& ledger_path);

}  // namespace twinwatch::app
