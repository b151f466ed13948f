// GET /api/v1/links/LINK/drift: what is known to differ, in pages.
#pragma once

#include <string_view>

#include "exporters/http/server.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

// The document of `drift list --format json` with `"next"` beside the rows: the cursor of the next
// page, null on the last. `query` may have table=NAME, limit=N (1 to 1,000; 100) and cursor=TEXT as
// it was told. 400 for anything else; 404 while nothing was compared.
http_server::Response DriftPage(ledger::Ledger* ledger, ledger::PairId pair,
                                std::string_view query);

}  // namespace twinwatch::app
