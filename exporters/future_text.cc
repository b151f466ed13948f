#include "exporters/future_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/core/utc.h"
#include "exporters/text_format.h"

namespace twinwatch {

std::string FutureCounts(const FutureCells& found) {
  std::string counts = found.at_least ? "at least " : "";
  if (found.cells > 0) counts += Plural(found.cells, "cell", "cells");
  if (found.cells > 0 && found.markers > 0) counts += " and ";
  if (found.markers > 0) counts += Plural(found.markers, "delete marker", "delete markers");
  return counts;
}

std::string FutureSentence(const FutureCells& found) {
  return fmt::format(
      "{} on the target {} of the future, up to {}: after a failover what is written to the same "
      "columns stays hidden until then. Remove {} first (runbook future-cells)",
      FutureCounts(found), found.Sum() == 1 ? "is" : "are", ToRfc3339(found.FurthestAt()),
      found.Sum() == 1 ? "it" : "them");
}

std::string FutureNotes(const LinkSnapshot& link, absl::Time now) {
  std::string notes;
  for (const TableMarks& table : link.tables) {
    if (!table.future || !table.future->HidesAt(now)) continue;
    notes += Wrapped(fmt::format("{}: {}: {}.", link.status.link, table.table.ToString(),
                                 FutureSentence(*table.future))) +
             "\n";
  }
  return notes;
}

size_t TablesOfTheFuture(const LinkSnapshot& link, absl::Time now) {
  return static_cast<size_t>(std::count_if(
      link.tables.begin(), link.tables.end(),
      [now](const TableMarks& table) { return table.future && table.future->HidesAt(now); }));
}

}  // namespace twinwatch
