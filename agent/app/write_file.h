// A small file, whole or not at all: whoever reads it finds what was there before, or all of the
// new.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "agent/core/status.h"

namespace twinwatch::app {

// On disk when it returns OK. `mode` is the file's, less the umask. kUnavailable says why not.
Status WriteWhole(const std::string& path, std::string_view text, mode_t mode);

// The same for its owner alone, and with the folders above it.
Status WritePrivate(const std::string& path, std::string_view text);

}  // namespace twinwatch::app
