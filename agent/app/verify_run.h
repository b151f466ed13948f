// A whole verification: which tables and families, each compared, the result put together.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/link.h"
#include "verifier/run/result.h"
#include "verifier/run/verify_table.h"

namespace twinwatch::app {

struct VerifyRequest {
  std::vector<TableName> tables;      // empty: every table that the peer replicates
  std::vector<std::string> families;  // empty: those that the peer replicates
  uint32_t max_versions = 1;
  VerifyTableOptions options;
  size_t max_findings = 1000;        // kept in the result
  std::vector<std::string> include;  // regular expressions over names of tables, when none is given
  std::vector<std::string> exclude;
};

// One table as it will be compared, or why it cannot be.
struct TablePlan {
  TablePair pair;
  std::vector<std::string> families_left_out;
  Status problem;
};

// The tables of a request, with their families on both sides looked up. An error when not even the
// list of tables can be had.
Task<StatusOr<std::vector<TablePlan>>> PlanVerify(Link* link, VerifyRequest request);

// Compares one table after the other. Each finding goes to `observer` as it is found.
Task<VerifyResult> RunVerify(std::vector<TablePlan> plans, VerifyRequest request, std::string run,
                             VerifyObserver* observer);

// 20261123T163804Z-1f3a
std::string NewRunId(absl::Time now);

}  // namespace twinwatch::app
