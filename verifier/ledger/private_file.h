// Files that hold rows of users' tables: nobody else's business.
#pragma once

#include <string>

#include "agent/core/status.h"

namespace twinwatch::ledger {

// Makes the file, empty, where it is not there, and the folders above it, for their owner alone.
Status MakePrivateFile(const std::string& path);

}  // namespace twinwatch::ledger
