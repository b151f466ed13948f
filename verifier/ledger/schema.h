// The tables of the ledger's file.
#pragma once

#include "agent/core/status.h"
#include "verifier/ledger/sqlite.h"

namespace twinwatch::ledger {

constexpr int kSchemaVersion = 6;

// Creates the tables in an empty file, and brings an older version's file up to this one, in one
// transaction. kFailedPrecondition for a newer version and for another program's file, which are
// left as they are.
Status PrepareSchema(Database* database);

}  // namespace twinwatch::ledger
