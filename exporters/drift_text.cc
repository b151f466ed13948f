#include "exporters/drift_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/core/bytes.h"
#include "agent/core/utc.h"
#include "exporters/drift_lines.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

using ledger::DriftRecord;
using ledger::DriftState;
using ledger::OpenCounts;
using ledger::TableMarks;

std::string PairLine(const ledger::Pair& pair) {
  return fmt::format("{} to {}", pair.source_name, pair.target_name);
}

std::string RowsTable(const std::vector<DriftRecord>& rows) {
  if (rows.empty()) return "";
  TextTable table;
  for (const char* title : {"TABLE", "CLASS", "STATE", "FIRST SEEN", "ROW"}) {
    table.AddColumn(title, TextTable::Align::kLeft);
  }
  for (const DriftRecord& record : rows) {
    table.AddRow({record.table.ToString(), std::string(ToString(record.drift_class)),
                  std::string(ToString(record.state)), ToRfc3339(record.first_seen),
                  ToStringBinary(record.row)});
  }
  return table.ToString() + "\n";
}

// "3 missing, 1 extra"
std::string Classes(const DriftCounts& counts) {
  std::vector<std::string> parts;
  for (const auto& [number, name] :
       {std::pair{counts.missing, "missing"}, std::pair{counts.extra, "extra"},
        std::pair{counts.value, "value"}, std::pair{counts.cells, "cells"},
        std::pair{counts.marks, "marks (no drift by themselves)"}}) {
    if (number > 0) parts.push_back(fmt::format("{} {}", WithThousands(number), name));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string CountsLine(const TableName& table, const OpenCounts& counts) {
  std::vector<std::string> parts;
  if (const std::string classes = Classes(counts.confirmed); !classes.empty()) {
    parts.push_back("confirmed " + classes);
  }
  if (const std::string classes = Classes(counts.suspected); !classes.empty()) {
    parts.push_back("suspected " + classes);
  }
  if (counts.waived > 0) parts.push_back(WithThousands(counts.waived) + " waived");
  return Wrapped(fmt::format("{}: {}.", table.ToString(),
                             parts.empty() ? "nothing is known to differ"
                                           : fmt::format("{}", fmt::join(parts, "; ")))) +
         "\n";
}

// The causes of these rows of the table, each once.
std::string CauseLines(const std::vector<DriftRecord>& rows, const TableName& table) {
  std::set<std::string> said;
  std::string out;
  for (const DriftRecord& record : rows) {
    if (record.table != table || !record.cause || !said.insert(*record.cause).second) continue;
    std::string line = "likely cause: " + *record.cause;
    if (record.evidence) line += fmt::format(" ({})", *record.evidence);
    out += IndentedLine(line);
  }
  return out;
}

std::string MarkLine(std::string_view what, const std::optional<ledger::Mark>& mark) {
  if (!mark) return IndentedLine(fmt::format("{} never", what));
  std::string line =
      fmt::format("{} {} (by {}, run {}", what, ToRfc3339(mark->at), mark->confirm, mark->run);
  if (mark->keys_only) line += ", keys only";
  if (!mark->families_left_out.empty()) {
    line += fmt::format(", without {}", fmt::join(mark->families_left_out, ", "));
  }
  return IndentedLine(line + ")");
}

std::string MarkLines(const TableMarks& marks) {
  std::string out = MarkLine("writes verified until", marks.writes_verified_until) +
                    MarkLine("full pass began", marks.full_pass_at);
  if (marks.sample) {
    out += IndentedLine(
        fmt::format("sampled {}: 0 of {} rows differ; with {:.0f} % confidence less than {:.0f} in "
                    "a million (run {})",
                    ToRfc3339(marks.sample->at), WithThousands(marks.sample->rows),
                    marks.sample->confidence * 100, marks.sample->max_rate_ppm, marks.sample->run));
  }
  return out;
}

std::string VerdictLine(const DriftSums& sums, std::optional<absl::Time> last_run_ended,
                        bool use_colour) {
  std::string also;
  if (sums.waived > 0) also = fmt::format("; {} waived", WithThousands(sums.waived));
  const std::string suspects = Plural(sums.suspected, "row is", "rows are");
  if (sums.confirmed > 0) {
    if (sums.suspected > 0) also = fmt::format("; {} suspected", suspects) + also;
    const std::string line = fmt::format(
        "DRIFT: {} of {} {} known to differ{}", Plural(sums.confirmed, "row", "rows"),
        Plural(sums.tables.size(), "table", "tables"), sums.confirmed == 1 ? "is" : "are", also);
    return Coloured(Wrapped(line), Colour::kRed, use_colour) + "\n";
  }
  if (sums.suspected > 0) {
    const std::string line =
        fmt::format("UNKNOWN: {} suspected to differ, none is confirmed{}", suspects, also);
    return Coloured(Wrapped(line), Colour::kYellow, use_colour) + "\n";
  }
  const std::string as_of = last_run_ended ? fmt::format(", as of the last run, which ended {}",
                                                         ToRfc3339(*last_run_ended))
                                           : "";
  return Coloured(Wrapped("NO DRIFT KNOWN" + also + as_of), Colour::kGreen, use_colour) + "\n";
}

std::string MoreRows(const DriftView& view, const TableName& table, const OpenCounts& counts,
                     const std::string& hint) {
  const uint64_t known = counts.confirmed.Sum() + counts.confirmed.marks + counts.suspected.Sum() +
                         counts.suspected.marks + counts.waived;
  const auto shown = static_cast<uint64_t>(
      std::count_if(view.rows.begin(), view.rows.end(),
                    [&table](const DriftRecord& record) { return record.table == table; }));
  if (shown >= known) return "";
  return fmt::format("  {} more: twinwatch drift list -t {} --format jsonl{}\n",
                     Plural(known - shown, "row", "rows"), table.ToString(), hint);
}

std::optional<absl::Time> EarliestEnd(const std::vector<DriftView>& views) {
  std::optional<absl::Time> earliest;
  for (const DriftView& view : views) {
    if (!view.last_run_ended) return std::nullopt;
    if (!earliest || *view.last_run_ended < *earliest) earliest = view.last_run_ended;
  }
  return earliest;
}

}  // namespace

std::string DriftListText(const std::vector<DriftView>& views, const DriftTextOptions& options) {
  std::string out;
  for (const DriftView& view : views) {
    out += Wrapped("Pair " + PairLine(view.pair)) + "\n\n" + RowsTable(view.rows);
    for (const auto& [table, counts] : view.counts) {
      out += CountsLine(table, counts) + CauseLines(view.rows, table) +
             MoreRows(view, table, counts, options.hint);
    }
    if (!view.counts.empty()) out += "\n";
  }
  const DriftSums sums = SumOf(views);
  if (!sums.tables.empty()) {
    out += fmt::format("Rows:    twinwatch drift show -t {}{}\n", sums.tables.front().ToString(),
                       options.hint);
  }
  return out + VerdictLine(sums, EarliestEnd(views), options.colour);
}

std::string DriftTableText(const DriftView& view, const TableName& table,
                           const DriftTextOptions& options) {
  const auto counts = view.counts.find(table);
  const auto marks = view.marks.find(table);
  DriftView of_table = view;
  of_table.counts.clear();
  std::string out = Wrapped("Pair " + PairLine(view.pair)) + "\n\n" + RowsTable(view.rows);
  if (counts != view.counts.end()) {
    of_table.counts.insert(*counts);
    out += CountsLine(table, counts->second) + CauseLines(view.rows, table) +
           MoreRows(view, table, counts->second, options.hint);
  } else {
    out += CountsLine(table, {});
  }
  out += MarkLines(marks == view.marks.end() ? TableMarks() : marks->second);
  out += "  All this is remembered, and not seen now.\n";
  if (!view.rows.empty()) {
    out += fmt::format("One row: twinwatch drift show -t {} --row KEY{}\n", table.ToString(),
                       options.hint);
  }
  return out + VerdictLine(SumOf({of_table}), view.last_run_ended, options.colour);
}

}  // namespace twinwatch
