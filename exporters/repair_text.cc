#include "exporters/repair_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "agent/core/bytes.h"
#include "agent/core/utc.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

constexpr size_t kRowsNamed = 5;

std::string Row(std::string_view row) { return row.empty() ? "\"\"" : ToStringBinary(row); }

std::string Time(uint64_t ms) {
  const auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  return ToRfc3339(absl::FromUnixMillis(static_cast<int64_t>(std::min(ms, most))));
}

std::string RangeTable(const RepairPlan& plan) {
  TextTable table;
  table.AddColumn("TABLE", TextTable::Align::kLeft);
  table.AddColumn("ENGINE", TextTable::Align::kLeft);
  for (const char* title : {"ROWS", "BYTES", "JOURNAL"})
    table.AddColumn(title, TextTable::Align::kRight);
  table.AddColumn("FROM ROW", TextTable::Align::kLeft);
  for (const PlannedRange& range : plan.ranges) {
    table.AddRow({range.table.ToString(), std::string(ToString(range.engine)),
                  WithThousands(range.rows), HumanBytes(range.bytes),
                  HumanBytes(range.journal_bytes), Row(range.range.start)});
  }
  return table.ToString() + "\n";
}

std::string RangeText(const PlannedRange& range) {
  const std::string last =
      range.range.stop.empty() ? "the end" : fmt::format("before {}", Row(range.range.stop));
  std::string text = Wrapped(fmt::format("{}, {} to {}: {}.", range.table.ToString(),
                                         Row(range.range.start), last, range.why)) +
                     "\n";
  text +=
      fmt::format("  cells of {} with timestamps from {} to {}\n", fmt::join(range.families, ", "),
                  Time(range.since_ms), Time(range.until_ms - 1));
  return text;
}

// Rows with one reason are told together.
std::string Reasons(std::string_view title, const std::vector<RowNote>& notes, uint64_t rows) {
  if (rows == 0) return "";
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> by_reason;
  for (const RowNote& note : notes)
    by_reason[{note.table.ToString(), note.why}].push_back(Row(note.row));
  std::string text = fmt::format("{}: {}\n", title, Plural(rows, "row", "rows"));
  for (const auto& [key, named] : by_reason) {
    const std::vector<std::string> first(
        named.begin(), named.begin() + static_cast<ptrdiff_t>(std::min(named.size(), kRowsNamed)));
    const std::string more =
        named.size() > kRowsNamed ? fmt::format(" and {} more", named.size() - kRowsNamed) : "";
    const std::string line =
        fmt::format("{} {}{}: {}", key.first, fmt::join(first, ", "), more, key.second);
    text += "  " + Wrapped(line, "    ", 78) + "\n";
  }
  return text;
}

struct PlanSums {
  uint64_t rows = 0;
  std::set<TableName> tables;
  bool copies = false;
  bool deletes = false;
  bool compacts = false;
};

PlanSums SumsOf(const RepairPlan& plan) {
  PlanSums sums;
  for (const PlannedRange& range : plan.ranges) {
    sums.rows += range.drifted.size();
    sums.tables.insert(range.table);
    sums.copies = sums.copies || range.engine == RepairEngine::kCopyTable;
    for (const PlannedRow& row : range.drifted) {
      sums.deletes = sums.deletes || row.deletes;
      sums.compacts = sums.compacts || row.compaction;
    }
  }
  return sums;
}

std::string Cautions(const PlanSums& sums) {
  std::string text;
  if (sums.copies) {
    text += Wrapped(
                "CopyTable reads when it runs and writes unconditionally: what is written to the "
                "target meanwhile with the same timestamps is written over. The journal keeps what "
                "was there before.") +
            "\n";
  }
  if (sums.deletes) {
    text += Wrapped(
                "Cells are removed by delete markers, and no delete marker is harmless: until a "
                "major compaction a later put with the same timestamp is hidden by it, and lost "
                "with it.") +
            "\n";
  }
  if (sums.compacts) {
    text += Wrapped(
                "Delete markers of the target hide what is to be put: their regions are flushed "
                "and compacted first.") +
            "\n";
  }
  return text;
}

std::string Verdict(std::string_view text, Colour colour, const RepairTextOptions& options) {
  return Coloured(Wrapped(text), colour, options.colour) + "\n";
}

// The rows of a plan that will not be repaired, as notes.
std::vector<RowNote> NotesOf(const std::vector<RefusedRow>& refused) {
  std::vector<RowNote> notes;
  for (const RefusedRow& row : refused) notes.push_back({row.table, row.row, row.why});
  return notes;
}

std::string_view WhatOf(CellType type) {
  switch (type) {
    case CellType::kPut:
      return "put";
    case CellType::kDelete:
      return "delete";
    case CellType::kDeleteColumn:
      return "delete column";
    case CellType::kDeleteFamily:
      return "delete family";
    case CellType::kDeleteFamilyVersion:
      return "delete family version";
  }
  return "write";
}

std::string DryRunText(const RepairOutcome& outcome, const RepairTextOptions& options) {
  std::string text;
  for (const RowNote& row : outcome.compactions) {
    text += fmt::format("flush and major-compact the region of {} {}\n", row.table.ToString(),
                        Row(row.row));
  }
  for (const PlannedRange& range : outcome.copied) {
    text += fmt::format("copytable {} {} to {} from {} to {}\n", range.table.ToString(),
                        Row(range.range.start),
                        range.range.stop.empty() ? "the end" : Row(range.range.stop),
                        Time(range.since_ms), Time(range.until_ms - 1));
  }
  for (const ListedWrite& listed : outcome.listed) text += WriteLine(listed) + "\n";
  text += Reasons("Left as they are", outcome.left, outcome.rows_left);
  for (const std::string& note : outcome.notes) text += Wrapped("Note: " + note) + "\n";
  const std::string what = outcome.undo ? "undo" : "apply";
  const std::string file = outcome.undo ? outcome.journal : options.plan_file;
  const bool nothing = outcome.listed.empty() && outcome.copied.empty();
  if (nothing) {
    return text + Verdict("DRY RUN: there is nothing to write", Colour::kYellow, options);
  }
  if (!file.empty()) text += fmt::format("Execute: twinwatch repair {} {} --execute\n", what, file);
  std::string would =
      fmt::format("{} ({}) would be sent", Plural(outcome.writes, "write", "writes"),
                  HumanBytes(outcome.bytes));
  if (!outcome.copied.empty()) {
    would += fmt::format(", {} copied", Plural(outcome.copied.size(), "range", "ranges"));
  }
  return text +
         Verdict(fmt::format("DRY RUN: {}; nothing was written", would), Colour::kGreen, options);
}

std::string LookedAgain(const RepairOutcome& outcome) {
  if (outcome.undo) return "";
  std::string text =
      fmt::format("Looked at again: {} the same",
                  outcome.rows_same == 1 ? std::string("1 row is")
                                         : WithThousands(outcome.rows_same) + " rows are");
  if (outcome.rows_unknown > 0) {
    text += fmt::format(", of {} it could not be told: {}", WithThousands(outcome.rows_unknown),
                        outcome.why_unknown);
  }
  return Wrapped(text) + "\n" + Reasons("Differ still", outcome.differ, outcome.rows_differ);
}

std::string MarkersText(const RepairOutcome& outcome) {
  if (outcome.markers == 0) return "";
  std::string text =
      Wrapped(fmt::format("{} until a major compaction, and hide later puts with the same "
                          "timestamps:",
                          outcome.markers == 1 ? std::string("1 delete marker of this undo stays")
                                               : WithThousands(outcome.markers) +
                                                     " delete markers of this undo stay")) +
      "\n";
  size_t listed = 0;
  for (const ListedWrite& marker : outcome.markers_left) {
    if (listed++ == kRowsNamed) {
      text += fmt::format("  and {} more\n", outcome.markers - kRowsNamed);
      break;
    }
    text += "  " + WriteLine(marker) + "\n";
  }
  return text;
}

std::string OutcomeVerdict(const RepairOutcome& outcome, const RepairTextOptions& options) {
  const std::string done = outcome.undo ? "UNDONE" : "REPAIRED";
  const std::string rows = Plural(outcome.rows_written, "row", "rows");
  if (IsWhole(outcome)) {
    return Verdict(fmt::format("{}: {}", done, rows), Colour::kGreen, options);
  }
  if (outcome.rows_left == 0 && outcome.rows_differ == 0) {
    return Verdict(fmt::format("UNKNOWN: {} written, {} could not be judged afterwards", rows,
                               WithThousands(outcome.rows_unknown)),
                   Colour::kYellow, options);
  }
  std::string not_done = fmt::format("{} left as they are", WithThousands(outcome.rows_left));
  if (outcome.rows_differ > 0)
    not_done += fmt::format(", {} differ still", WithThousands(outcome.rows_differ));
  return Verdict(fmt::format("PARTLY {}: {}; {}", done, rows, not_done), Colour::kRed, options);
}

}  // namespace

bool IsWhole(const RepairOutcome& outcome) {
  return outcome.rows_left == 0 && outcome.rows_differ == 0 && outcome.rows_unknown == 0;
}

std::string WriteLine(const ListedWrite& listed) {
  const Cell& cell = listed.write.cell;
  std::string line =
      fmt::format("{} {} {} {}:{}/{}", WhatOf(cell.type), listed.table.ToString(), Row(cell.row),
                  ToStringBinary(cell.family), ToStringBinary(cell.qualifier), cell.timestamp_ms);
  if (cell.type == CellType::kPut) line += fmt::format(" ({})", HumanBytes(cell.value.size()));
  if (listed.write.ttl_ms) line += fmt::format(" TTL {} ms", *listed.write.ttl_ms);
  return line;
}

std::string RepairPlanText(const RepairPlan& plan, const RepairTextOptions& options) {
  const PlanSums sums = SumsOf(plan);
  std::string text = Wrapped(fmt::format("Source {}", plan.pair.source)) + "\n" +
                     Wrapped(fmt::format("Target {}", plan.pair.target)) + "\n\n";
  if (!plan.ranges.empty()) {
    text += RangeTable(plan);
    for (const PlannedRange& range : plan.ranges) text += RangeText(range);
    text += Cautions(sums);
  }
  if (plan.same_now > 0) {
    text += fmt::format("The same by now: {}\n", Plural(plan.same_now, "row", "rows"));
  }
  text += Reasons("Not repaired", NotesOf(plan.refused), plan.refused.size());
  if (sums.rows == 0) {
    return text + (plan.refused.empty()
                       ? Verdict("NOTHING TO REPAIR", Colour::kGreen, options)
                       : Verdict(fmt::format("NOT REPAIRABLE: {}",
                                             Plural(plan.refused.size(), "row", "rows")),
                                 Colour::kRed, options));
  }
  if (!options.plan_file.empty()) {
    text += fmt::format("Look:  twinwatch repair apply {}\n", options.plan_file);
    text += fmt::format("Apply: twinwatch repair apply {} --execute\n", options.plan_file);
  } else {
    text += "Write it to a file with -o PLAN to apply it\n";
  }
  const std::string rows = fmt::format("{} of {}", Plural(sums.rows, "row", "rows"),
                                       Plural(sums.tables.size(), "table", "tables"));
  if (plan.refused.empty())
    return text + Verdict(fmt::format("PLANNED: {}", rows), Colour::kGreen, options);
  return text + Verdict(fmt::format("PLANNED: {}; {} will not be repaired", rows,
                                    WithThousands(plan.refused.size())),
                        Colour::kYellow, options);
}

std::string RepairOutcomeText(const RepairOutcome& outcome, const RepairTextOptions& options) {
  if (outcome.dry_run) return DryRunText(outcome, options);
  std::string text;
  for (const std::string& name : outcome.snapshots)
    text += fmt::format("Snapshot of the target: {}\n", name);
  for (const std::string& note : outcome.notes) text += Wrapped("Note: " + note) + "\n";
  text += Reasons("Left as they are", outcome.left, outcome.rows_left);
  text += LookedAgain(outcome);
  text += MarkersText(outcome);
  if (!outcome.undo) text += fmt::format("Undo: twinwatch repair undo {}\n", outcome.journal);
  return text + OutcomeVerdict(outcome, options);
}

}  // namespace twinwatch
