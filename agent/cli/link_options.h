// The global options that say where the clusters are, taken before or after the command.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/agent_client.h"
#include "agent/app/config.h"
#include "agent/app/link.h"

namespace twinwatch::cli {

struct LinkOptions {
  std::string source;
  std::string target;
  std::string peer;
  std::string config;
  std::string link;
  std::string storage_path;
  std::string agent;  // the URL of one to be asked instead of the clusters

  void AddTo(CLI::App* app);

  // The links that are meant: one from --source, or those of the configuration (one with --link).
  // kInvalidArgument when it cannot be said.
  StatusOr<std::vector<app::LinkSpec>> Links() const;
  // For commands that work on one link only.
  StatusOr<app::LinkSpec> OneLink() const;

  // The options that were given, each with a blank in front, as a shell takes them: for "type this
  // next".
  std::string ForHint() const;

  // Where the ledger lies: --storage.path, else what the configuration says (where there is one),
  // else a folder of the user's.
  StatusOr<std::string> LedgerPath() const;

  // The agent that --agent names, with its token's place if it is this machine's.
  app::AgentAddress Agent() const;

  // The configuration file: --config, else /etc/twinwatch/twinwatch.yml where it exists.
  StatusOr<app::Config> LoadConfig() const;
};

}  // namespace twinwatch::cli
