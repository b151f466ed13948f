// Causes that the tables' descriptors and the peer's configuration show.
#pragma once

#include "verifier/cause/cause.h"

namespace twinwatch {

// A differing cell lies in a family that the peer does not replicate.
std::optional<Cause> FamilyNotInScope(const DriftCase& drift);
// The source's table never writes to the WAL, and replication reads nothing else.
std::optional<Cause> SkipWal(const DriftCase& drift);
// A family with a differing cell keeps cells by other rules on the two sides.
std::optional<Cause> AttributesDiffer(const DriftCase& drift);

}  // namespace twinwatch
