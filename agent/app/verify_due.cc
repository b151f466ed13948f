#include "agent/app/verify_due.h"

#include <algorithm>

namespace twinwatch::app {

DuePass NextDue(const std::map<TableName, VerifiedMarks>& tables, absl::Duration freshness,
                absl::Duration interval, absl::Time last_incremental, absl::Time full_not_before,
                absl::Time now) {
  DuePass due;
  due.wait = interval;
  absl::Time oldest = absl::InfiniteFuture();
  for (const auto& [table, marks] : tables) {
    const absl::Time full_due =
        marks.full_pass_at ? *marks.full_pass_at + freshness / 2 : absl::InfinitePast();
    const absl::Time next_full = std::max(full_due, full_not_before);
    if (next_full <= now) {
      due.kind = DuePass::Kind::kFull;
      return due;
    }
    due.wait = std::min(due.wait, next_full - now);
    if (!marks.writes_verified_until) continue;
    due.tables.push_back(table);
    oldest = std::min(oldest, *marks.writes_verified_until);
  }
  // A full pass has just compared all that an incremental one would.
  const absl::Time next_incremental = std::max(last_incremental, oldest) + interval;
  if (!due.tables.empty() && next_incremental <= now) {
    due.kind = DuePass::Kind::kIncremental;
    due.since = oldest - kBeforeMark;
    return due;
  }
  if (!due.tables.empty()) due.wait = std::min(due.wait, next_incremental - now);
  due.tables.clear();
  return due;
}

}  // namespace twinwatch::app
