// The tables of the ledger's file.
#pragma once

#include "agent/core/status.h"
#include "verifier/ledger/sqlite.h"

namespace twinwatch::ledger {

constexpr int kSchemaVersion = 1;

// Creates the tables in an empty file; checks the version of any other. kFailedPrecondition for a
// newer version and for another program's file, which are left as they are.
Status PrepareSchema(Database* database);

}  // namespace twinwatch::ledger
