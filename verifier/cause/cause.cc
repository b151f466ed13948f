#include "verifier/cause/cause.h"

#include "verifier/cause/of_descriptors.h"
#include "verifier/cause/of_history.h"
#include "verifier/cause/of_row.h"

namespace twinwatch {

std::vector<Cause> LikelyCauses(const DriftCase& drift) {
  constexpr std::optional<Cause> (*kRules[])(const DriftCase&) = {
      FamilyNotInScope, SkipWal,     CellTtlLost, OlderVersionBack, AttributesDiffer,
      WalLost,          PeerRemoved, BeforePeer,  PeerDisabled,     WrittenAtTarget,
  };
  std::vector<Cause> causes;
  for (const auto rule : kRules) {
    if (std::optional<Cause> cause = rule(drift)) causes.push_back(*std::move(cause));
  }
  return causes;
}

}  // namespace twinwatch
