// A whole verification: each table of a plan compared, the result put together.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/barriers.h"
#include "agent/app/verify_plan.h"
#include "verifier/run/result.h"
#include "verifier/run/verify_table.h"

namespace twinwatch::app {

// With what differences will be judged.
struct Proof {
  std::optional<Barriers> barriers;
  std::string why_none;  // with kAuto
};

// kNotFound when a barrier is demanded and none exists. A barrier that exists but cannot be asked
// now is an error too: it is never replaced by something weaker. `ledger` and `given_up` as in
// OpenBarriers.
Task<StatusOr<Proof>> OpenProof(Executor executor, Link* link, ledger::Ledger* ledger,
                                ConfirmBy confirm, std::function<bool()> given_up = nullptr);

// Which run it is.
struct RunIdentity {
  std::string id;
  absl::Time begun;                   // by an earlier process, where it is resumed
  std::vector<Finding> found_before;  // by that process: the first in key order of each table
};

// Compares one table after the other. Each finding goes to `observer` as it is found. `proof` must
// outlive it.
Task<VerifyResult> RunVerify(const Link* link, std::vector<TablePlan> plans, VerifyRequest request,
                             const Proof* proof, RunIdentity run, VerifyObserver* observer);

// What `confirm` of a result will be, as far as it is known before.
std::string ConfirmText(ConfirmBy confirm, const Proof& proof);

// full, range, since, keys or sample: of those that apply the one that leaves out most.
std::string ScopeOf(const VerifyRequest& request);

// 20261123T163804Z-1f3a
std::string NewRunId(absl::Time now);

}  // namespace twinwatch::app
