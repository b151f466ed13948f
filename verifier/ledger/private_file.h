// Files that hold rows of users' tables: nobody else's business.
#pragma once

#include <string>

#include "agent/core/status.h"

namespace twinwatch::ledger {

// Makes the folders above the file, as far as they are not there, for their owner alone.
Status MakePrivateFolders(const std::string& path);

// Makes the file, empty, where it is not there, for its owner alone; and the folders above it.
Status MakePrivateFile(const std::string& path);

}  // namespace twinwatch::ledger
