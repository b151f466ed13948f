// What a plan says, as those want it who read rows and decide about them: the same when it is made,
// shown and applied.
#pragma once

#include <absl/time/time.h>

#include "agent/core/bytes.h"
#include "agent/core/status.h"
#include "verifier/repair/plan.h"
#include "verifier/repair/read_image.h"
#include "verifier/repair/row_edits.h"

namespace twinwatch {

inline EditRules RulesFor(const PlannedTable& table, const PlanOptions& options, bool all_versions,
                          absl::Time now) {
  EditRules rules;
  rules.families = table.families;
  rules.all_versions = all_versions;
  rules.allow_deletes = options.allow_deletes;
  rules.allow_compaction = options.allow_compaction;
  rules.now_ms = static_cast<uint64_t>(absl::ToUnixMillis(now));
  return rules;
}

// Why a range is not copied in which such a row lies.
inline std::string StripsTags(std::string_view row) {
  return fmt::format(
      "CopyTable strips TTLs of cells, ACLs and visibility labels, and row \"{}\" in its range has "
      "such a cell",
      ToStringBinary(row));
}

// Of a copied range the cells that are copied.
inline ImageSource CopiedCells(Cluster* cluster, const PlannedRange& range) {
  return {cluster, range.table, range.families, range.since_ms, range.until_ms};
}

}  // namespace twinwatch
