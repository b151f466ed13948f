// A whole verification: which tables and families, each compared, the result put together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/barriers.h"
#include "agent/app/link.h"
#include "verifier/run/result.h"
#include "verifier/run/verify_table.h"

namespace twinwatch::app {

enum class ConfirmBy {
  kAuto,     // a barrier, and where none exists recheck
  kBarrier,  // nothing less
  kRecheck,
  kNone,
};

struct VerifyRequest {
  std::vector<TableName> tables;      // empty: every table that the peer replicates
  std::vector<std::string> families;  // empty: those that the peer replicates
  uint32_t max_versions = 1;
  std::optional<TableName> target_table;  // its name on the target, where that is another one
  bool raw = false;                       // as in TablePair
  bool keys_only = false;
  std::optional<absl::Time> since;  // only rows with a cell written then
  std::optional<absl::Time> until;
  bool incremental = false;  // `since` is a mark: what was written after it is verified
  ConfirmBy confirm = ConfirmBy::kAuto;
  VerifyTableOptions options;        // its `confirm` and `barriers` are set table by table
  size_t max_findings = 1000;        // kept in the result
  std::vector<std::string> include;  // regular expressions over names of tables, when none is given
  std::vector<std::string> exclude;
};

// One table as it will be compared, or why it cannot be.
struct TablePlan {
  TablePair pair;
  // The peer brings what is written to the source's table to the target's. If not, there is no
  // barrier: nothing is on its way.
  bool replicates = false;
  std::vector<std::string> families_left_out;
  std::string left_out_because;
  std::shared_ptr<const TableProgress> resume;  // as in VerifyTableOptions
  TableDescriptor source_descriptor;
  TableDescriptor target_descriptor;
  Status problem;
};

// The tables of a request, with their families on both sides looked up. An error when not even the
// list of tables can be had.
Task<StatusOr<std::vector<TablePlan>>> PlanVerify(Link* link, VerifyRequest request);

// With what differences will be judged.
struct Proof {
  std::optional<Barriers> barriers;
  std::string why_none;  // with kAuto
};

// kNotFound when a barrier is demanded and none exists. A barrier that exists but cannot be asked
// now is an error too: it is never replaced by something weaker.
Task<StatusOr<Proof>> OpenProof(Executor executor, Link* link, ConfirmBy confirm);

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
