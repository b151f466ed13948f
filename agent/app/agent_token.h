// The agent's token: who can read it, in the folder of what is remembered, may administer the
// agent.
#pragma once

#include <string>

#include "agent/core/status.h"

namespace twinwatch::app {

// agent.token in that folder.
std::string TokenFile(const std::string& folder);

// Of a file that is there: 64 hexadecimal digits. kNotFound, kPermissionDenied; kInvalidArgument
// when it holds something else, or is a link.
StatusOr<std::string> ReadToken(const std::string& file);

// The same for the agent itself: kept when nobody else could have read or written it, else made
// anew, readable by its owner alone. Errors name the file.
StatusOr<std::string> KeepToken(const std::string& file);

}  // namespace twinwatch::app
