// A whole small file as a string.
#pragma once

#include <cstddef>
#include <string>

#include "agent/core/status.h"

namespace twinwatch::app {

// kNotFound when there is no such file, kPermissionDenied when it may not be read, kInvalidArgument
// when it is a folder or larger than `max_bytes`. The message does not repeat the path.
StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// A password in a file of its own, without the end of its line. The same errors.
StatusOr<std::string> ReadPassword(const std::string& path);

}  // namespace twinwatch::app
