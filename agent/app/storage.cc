#include "agent/app/storage.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace twinwatch::app {
namespace {

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

StorageEnvironment ReadStorageEnvironment() {
  return {FromEnvironment("XDG_STATE_HOME"), FromEnvironment("HOME")};
}

std::string StorageFolder(const std::string& flag, const std::optional<std::string>& configured,
                          const StorageEnvironment& environment) {
  if (!flag.empty()) return flag;
  if (configured && !configured->empty()) return *configured;
  // The XDG specification: a path that is not absolute is to be ignored.
  if (environment.xdg_state_home.starts_with('/')) return environment.xdg_state_home + "/twinwatch";
  if (!environment.home.empty()) return environment.home + "/.local/state/twinwatch";
  return "/var/lib/twinwatch";
}

std::string LedgerFile(const std::string& folder) { return folder + "/ledger.sqlite"; }

std::string LoginName() {
  const passwd* entry = getpwuid(getuid());
  return entry == nullptr ? fmt::format("uid {}", getuid()) : entry->pw_name;
}

}  // namespace twinwatch::app
