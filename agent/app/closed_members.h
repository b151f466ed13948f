// What the ledger keeps of the servers of a source whose replication znodes are closed to us, and
// an operator's word that a dead one has left nothing.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/app/link.h"
#include "probes/replication/rules/closed_watch.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

ledger::ClosedWatch ToLedger(const ClosedMembers& members);
// Names that are none are left out, which an agent does not write.
ClosedMembers FromLedger(const ledger::ClosedWatch& watch);

// When operators have waived whom.
std::map<ServerName, absl::Time> WaiversIn(const ledger::ClosedWatch& watch);

// None: nothing was kept.
StatusOr<std::optional<ClosedMembers>> KeptMembers(ledger::Ledger* ledger,
                                                   const std::string& source_id,
                                                   const std::string& peer);

// As far as a ledger is there.
StatusOr<std::optional<ClosedMembers>> KeptMembers(const std::string& ledger_path,
                                                   const std::string& source_id,
                                                   const std::string& peer);

// `server` is host,port,startcode, or "earlier" for those that nobody knows. Writes to the ledger
// at `ledger_path`, and to the audit log beside it, nowhere else; a running agent finds it there.
// kNotFound names the dead that are waited for.
Task<Status> WaiveServer(Executor executor, LinkSpec spec, std::string ledger_path,
                         std::string server, std::string reason);

}  // namespace twinwatch::app
