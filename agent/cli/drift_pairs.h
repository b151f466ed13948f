// Which pairs of the ledger a command means: no cluster is asked.
#pragma once

#include <memory>
#include <vector>

#include "agent/cli/link_options.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::cli {

// The ledger that the options mean. kNotFound, with what to do, where there is none.
StatusOr<std::unique_ptr<ledger::Ledger>> OpenLedgerMeant(const LinkOptions& links);

// The pairs that --source, --config or --link name; all of them where none of these is given.
// kNotFound, with what there is, when nothing is known of them.
StatusOr<std::vector<ledger::Pair>> PairsMeant(const LinkOptions& links, ledger::Ledger* ledger);

// The one among them that something is known of for this table. kInvalidArgument when there are
// several.
StatusOr<ledger::Pair> OnePair(const LinkOptions& links, ledger::Ledger* ledger,
                               const TableName& table);

}  // namespace twinwatch::cli
