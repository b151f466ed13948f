// A repair plan: what will be written where, by which engine, and what will not and why. Values
// only; exporters/repair_plan_json.h is its form as a file.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/key_range.h"
#include "agent/core/table_name.h"
#include "verifier/diff/row_comparison.h"
#include "verifier/repair/choose_engine.h"

namespace twinwatch {

// A row as it was when the plan was made: another one now is skipped.
struct PlannedRow {
  std::string row;
  DriftClass drift_class = DriftClass::kMissing;
  bool all_versions = false;  // it was found by comparing all of them
  std::string source_seen;    // SeenDigest
  std::string target_seen;
  std::vector<uint64_t> target_puts;  // StoredPuts: the plan's before-image
  uint64_t writes = 0;
  uint64_t bytes = 0;          // of the writes
  uint64_t journal_bytes = 0;  // of what is stored on the target
  bool deletes = false;
  bool compaction = false;
  std::string confirmed_by;  // a barrier; empty: a suspect (--accept-recheck)

  bool operator==(const PlannedRow&) const = default;
};

struct PlannedRange {
  TableName table;
  KeyRange range;
  uint64_t since_ms = 0;  // of the cells that are written: [since, until)
  uint64_t until_ms = 0;
  std::vector<std::string> families;
  RepairEngine engine = RepairEngine::kDirect;
  std::string why;    // this engine
  uint64_t rows = 0;  // that are written: of a copied range all in it
  uint64_t bytes = 0;
  uint64_t journal_bytes = 0;       // of the before-image
  uint32_t versions = 1;            // to be copied
  std::vector<PlannedRow> drifted;  // in key order

  bool operator==(const PlannedRange&) const = default;
};

struct RefusedRow {
  TableName table;
  std::string row;
  std::string why;

  bool operator==(const RefusedRow&) const = default;
};

// Family -> attribute -> value, as far as it bears on what a reader sees.
using FamilyAttributes = std::map<std::string, std::map<std::string, std::string>>;

struct PlannedTable {
  TableName table;
  std::vector<std::string> families;  // that are compared and written
  FamilyAttributes source;
  FamilyAttributes target;

  bool operator==(const PlannedTable&) const = default;
};

struct PlanOptions {
  bool allow_deletes = false;
  bool allow_compaction = false;
  bool allow_reverse = false;
  bool accept_recheck = false;

  bool operator==(const PlanOptions&) const = default;
};

// Between which clusters. What is written goes to the target.
struct PlannedPair {
  std::string source;  // cluster keys
  std::string target;
  std::string source_id;
  std::string target_id;
  std::string peer;         // empty: none; its id
  std::string peer_config;  // all that says what it replicates and whereto
  // How the clusters were named when it was made: options of the command line and their values.
  std::map<std::string, std::string> opened_by;

  bool operator==(const PlannedPair&) const = default;
};

struct RepairPlan {
  PlannedPair pair;
  absl::Time made;  // to the millisecond
  PlanOptions options;
  std::vector<PlannedTable> tables;
  std::vector<PlannedRange> ranges;  // by table, then by key
  std::vector<RefusedRow> refused;
  uint64_t same_now = 0;  // rows that a reader sees the same on both sides by now

  bool operator==(const RepairPlan&) const = default;
};

// The first hex digits of a plan's digest ("sha256:..."), for names of what belongs to it.
inline std::string_view DigestDigits(std::string_view digest, size_t digits) {
  return digest.substr(digest.find(':') + 1, digits);
}

// No plan is applied after this.
inline constexpr absl::Duration kPlanLives = absl::Hours(24);

}  // namespace twinwatch
