// What a link has to prove with that replication has passed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/app/link.h"
#include "probes/api/barrier.h"
#include "verifier/confirm/confirm.h"
#include "verifier/ledger/ledger.h"

namespace twinwatch::app {

struct Barriers {
  std::unique_ptr<Barrier> forward;
  std::unique_ptr<Barrier> backward;  // where a peer of the target leads back to the source

  // The weaker of both.
  BarrierKind kind() const;
  ConfirmBarriers pointers() const { return {forward.get(), backward.get()}; }
};

// The peer of the target that leads back to the source; none: nothing does. kNotFound when it
// cannot be told.
Task<StatusOr<std::optional<Peer>>> PeerBack(Executor executor, Link* link);

// `link` must outlive the barriers, and have both sides. `ledger` may be null: it remembers servers
// where ZooKeeper is closed to us. kNotFound when nothing can be proven; the message says what is
// missing. `given_up` as in BarrierParts.
Task<StatusOr<Barriers>> OpenBarriers(Executor executor, Link* link, ledger::Ledger* ledger,
                                      std::function<bool()> given_up);

}  // namespace twinwatch::app
