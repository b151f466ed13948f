// The lag of one link, measured by a command of its own: with its own heartbeats where the table is
// there, by positions alone where it is not.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "agent/app/link.h"
#include "exporters/lag_view.h"
#include "probes/replication/lag_probe.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

// Waits until everything that was written before `until` is on the target, or `patience` is over.
// The view says how far it has come; `reached` is set. What an agent has kept in the ledger at
// `ledger_path` (which need not exist) counts too. Where ZooKeeper is closed to us it may take
// `more_if_closed` longer, and what was learnt of servers goes to the ledger, if there is one.
// Errors: the link cannot be opened, its queues cannot be read.
Task<StatusOr<LagView>> MeasureLag(Executor executor, LinkSpec spec, std::string ledger_path,
                                   absl::Time until, absl::Duration patience,
                                   absl::Duration more_if_closed);

// Of a link with a peer, whose connections must outlive the probe.
LagProbeParts LagPartsOf(const Link& link, const std::string& source_id);

StatusOr<std::optional<Watermark::Kept>> KeptWatermark(ledger::Ledger* ledger,
                                                       const std::string& source_id,
                                                       const std::string& peer);
// As far as the ledger has it; none where there is no ledger or no watermark of this peer. An error
// of a ledger that is there and cannot be read.
StatusOr<std::optional<Watermark::Kept>> KeptWatermark(const std::string& ledger_path,
                                                       const std::string& source_id,
                                                       const std::string& peer);

}  // namespace twinwatch::app
