#include "exporters/repair_nagios.h"

#include <fmt/format.h>

#include <string>

#include "exporters/repair_text.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

NagiosState StateOf(const RepairOutcome& outcome) {
  if (outcome.dry_run || IsWhole(outcome)) return NagiosState::kOk;
  const bool proven = outcome.rows_left > 0 || outcome.rows_differ > 0;
  return proven ? NagiosState::kCritical : NagiosState::kUnknown;
}

}  // namespace

NagiosAnswer RepairPlanNagios(const RepairPlan& plan) {
  uint64_t rows = 0;
  for (const PlannedRange& range : plan.ranges) rows += range.drifted.size();
  const std::string perfdata = fmt::format("planned_rows={} refused_rows={};0;0 same_now_rows={}",
                                           rows, plan.refused.size(), plan.same_now);
  if (plan.refused.empty()) {
    return ToNagios(NagiosState::kOk,
                    rows == 0 ? std::string("nothing to repair")
                              : Plural(rows, "row", "rows") + " can be repaired",
                    perfdata);
  }
  return ToNagios(
      NagiosState::kCritical,
      fmt::format("{} of {} will not be repaired: {}", WithThousands(plan.refused.size()),
                  Plural(rows + plan.refused.size(), "row", "rows"), plan.refused.front().why),
      perfdata);
}

NagiosAnswer RepairOutcomeNagios(const RepairOutcome& outcome) {
  if (outcome.dry_run) {
    return ToNagios(StateOf(outcome),
                    fmt::format("dry run: {} would be sent, {} copied",
                                Plural(outcome.writes, "write", "writes"),
                                Plural(outcome.copied.size(), "range", "ranges")),
                    fmt::format("writes={} left_rows={}", outcome.writes, outcome.rows_left));
  }
  const std::string perfdata = fmt::format(
      "written_rows={} left_rows={};0;0 differing_rows={};0;0 unknown_rows={}",
      outcome.rows_written, outcome.rows_left, outcome.rows_differ, outcome.rows_unknown);
  std::string text = fmt::format("{} {}", Plural(outcome.rows_written, "row", "rows"),
                                 outcome.undo ? "put back as they were" : "repaired");
  if (outcome.rows_left > 0)
    text += fmt::format(", {} left as they are", WithThousands(outcome.rows_left));
  if (outcome.rows_differ > 0)
    text += fmt::format(", {} differ still", WithThousands(outcome.rows_differ));
  if (outcome.rows_unknown > 0)
    text += fmt::format(", {} could not be judged", WithThousands(outcome.rows_unknown));
  return ToNagios(StateOf(outcome), text, perfdata);
}

}  // namespace twinwatch
