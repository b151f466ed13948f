// Where what is remembered lies, and who it is that says so.
#pragma once

#include <optional>
#include <string>

#include "agent/core/status.h"

namespace twinwatch::app {

// The environment's part in the choice; empty as good as not set.
struct StorageEnvironment {
  std::string xdg_state_home;
  std::string home;
};

StorageEnvironment ReadStorageEnvironment();

// `flag` (--storage.path), else the configuration's storage.path, else $XDG_STATE_HOME/twinwatch,
// else ~/.local/state/twinwatch, and without a home /var/lib/twinwatch: a service has none.
std::string StorageFolder(const std::string& flag, const std::optional<std::string>& configured,
                          const StorageEnvironment& environment);

// The ledger in that folder.
std::string LedgerFile(const std::string& folder);

// Who runs this.
std::string LoginName();

}  // namespace twinwatch::app
