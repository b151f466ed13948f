// Causes that lie in what happened between the oldest and the newest timestamp of the cells that
// differ. Users may set timestamps: coincidence in time is weaker than what the row itself shows.
#pragma once

#include "verifier/cause/cause.h"

namespace twinwatch {

// A WAL that holds edits of that time is known to be lost.
std::optional<Cause> WalLost(const DriftCase& drift);
// There was no peer at that time: nothing was queued.
std::optional<Cause> PeerRemoved(const DriftCase& drift);
// Written before the peer was added, and not copied.
std::optional<Cause> BeforePeer(const DriftCase& drift);
// The peer was disabled at that time: edits were queued, and their queue may have been lost.
std::optional<Cause> PeerDisabled(const DriftCase& drift);

}  // namespace twinwatch
