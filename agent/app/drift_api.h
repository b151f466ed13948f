// GET /api/v1/links/LINK/drift: what is known to differ, in pages, and .../drift/row: one row with
// its history. The documents are those of drift_document.h.
#pragma once

#include <optional>
#include <string_view>

#include "exporters/http/server.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

// None when the request is for something else than the drift of this link.
std::optional<http_server::Response> AnswerDrift(const http_server::Request& request,
                                                 std::string_view link, ledger::Ledger* ledger,
                                                 ledger::PairId pair);

// `query` may have table=NAME, class=CLASS, limit=N (1 to 1,000; 100) and cursor=TEXT as it was
// told. 400 for anything else; 404 while nothing was compared.
http_server::Response DriftPageAnswer(ledger::Ledger* ledger, ledger::PairId pair,
                                      std::string_view query);

// `query` has table=NAME and row=KEY, with HBase's escapes. 404 when nothing is known of the row.
http_server::Response DriftRowAnswer(ledger::Ledger* ledger, ledger::PairId pair,
                                     std::string_view query);

}  // namespace twinwatch::app
