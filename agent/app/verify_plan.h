// What a verification is asked for, and which tables and families of both sides that means.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/link.h"
#include "verifier/run/verify_table.h"

namespace twinwatch::app {

// Of the tables that are Twinwatch's own: the heartbeats.
inline constexpr std::string_view kOwnNamespace = "twinwatch";

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
  // Why a side's descriptor could not be seen: then only the families that were asked for are
  // known, no attribute and not what is replicated. None: both were.
  std::optional<std::string> descriptor_unknown;
  TableDescriptor source_descriptor;
  TableDescriptor target_descriptor;
  Status problem;
};

// The tables of a request, with their families on both sides looked up. An error when not even the
// list of tables can be had.
Task<StatusOr<std::vector<TablePlan>>> PlanVerify(Link* link, VerifyRequest request);

}  // namespace twinwatch::app
