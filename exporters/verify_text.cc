#include "exporters/verify_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "agent/core/bytes.h"
#include "agent/core/utc.h"
#include "exporters/future_text.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

constexpr size_t kFutureRowsShown = 3;

struct ClassText {
  DriftClass drift_class;
  uint64_t DriftCounts::*count;
  std::string_view one;
  std::string_view many;
};

constexpr std::array kClasses = {
    ClassText{DriftClass::kMissing, &DriftCounts::missing, "is missing on the target",
              "are missing on the target"},
    ClassText{DriftClass::kExtra, &DriftCounts::extra, "is only on the target",
              "are only on the target"},
    ClassText{DriftClass::kValue, &DriftCounts::value, "has another value on the target",
              "have other values on the target"},
    ClassText{DriftClass::kCells, &DriftCounts::cells, "has other cells on the target",
              "have other cells on the target"},
    ClassText{DriftClass::kMarks, &DriftCounts::marks,
              "differs only in delete markers, which no reader sees; no drift",
              "differ only in delete markers, which no reader sees; no drift"},
};

std::string UtcSpan(const TimestampSpan& span) {
  const std::string oldest = ToRfc3339(absl::FromUnixMillis(static_cast<int64_t>(span.oldest_ms)));
  const std::string newest = ToRfc3339(absl::FromUnixMillis(static_cast<int64_t>(span.newest_ms)));
  return oldest == newest ? oldest : oldest + " to " + newest;
}

std::string SummaryTable(const VerifyResult& result) {
  TextTable table;
  table.AddColumn("TABLE", TextTable::Align::kLeft);
  for (const char* title :
       {"ROWS", "RANGES", "IN FLIGHT", "MISSING", "EXTRA", "VALUE", "CELLS", "TIME"}) {
    table.AddColumn(title, TextTable::Align::kRight);
  }
  for (const TableResult& t : result.tables) {
    const auto count = [&t](uint64_t DriftCounts::*field) {
      return WithThousands(t.drift.*field + t.suspects.*field);
    };
    table.AddRow({t.table.ToString(), WithThousands(std::max(t.rows_source, t.rows_target)),
                  WithThousands(t.ranges), WithThousands(t.in_flight), count(&DriftCounts::missing),
                  count(&DriftCounts::extra), count(&DriftCounts::value),
                  count(&DriftCounts::cells), HumanDuration(t.took)});
  }
  return table.ToString();
}

// What is to be said of one class of one table: how many rows, where, written when, and which.
std::string ClassParagraph(const VerifyResult& result, const TableResult& table,
                           const ClassText& text, size_t* rows_left) {
  const uint64_t count = table.drift.*text.count + table.suspects.*text.count;
  if (count == 0) return "";
  std::string out =
      Wrapped(fmt::format("{}: {} {}.", table.table.ToString(), Plural(count, "row", "rows"),
                          count == 1 ? text.one : text.many)) +
      "\n";
  std::vector<const Finding*> rows;
  TimestampSpan span;
  for (const Finding& finding : result.findings) {
    if (finding.table != table.table || finding.drift_class != text.drift_class || finding.waived)
      continue;
    rows.push_back(&finding);
    if (finding.differing.oldest_ms > finding.differing.newest_ms) continue;
    span.Include(finding.differing.oldest_ms);
    span.Include(finding.differing.newest_ms);
  }
  if (span.oldest_ms <= span.newest_ms) {
    out += fmt::format("  written {} (their timestamps)\n", UtcSpan(span));
  }
  if (!rows.empty() && rows.front()->confirmed_by && *rows.front()->confirmed_by != "none") {
    out += fmt::format("  confirmed twice, each time after all queues had passed ({})\n",
                       *rows.front()->confirmed_by);
  }
  if (!rows.empty() && rows.front()->cause) {
    out += "  " + Wrapped("likely cause: " + *rows.front()->cause, "    ", 78) + "\n";
  }
  for (const Finding* finding : rows) {
    if (*rows_left == 0) break;
    --*rows_left;
    out +=
        fmt::format("  {:<8} {}\n", ToString(finding->drift_class), ToStringBinary(finding->row));
  }
  return out;
}

std::string SampleLine(const std::string& name, const SampleStatement& sample) {
  const std::string read = fmt::format("{}: {} sampled at {} (--seed {})", name,
                                       Plural(sample.rows, "row was", "rows were"),
                                       Plural(sample.places, "place", "places"), sample.seed);
  if (!sample.max_rate_ppm) return read + ".";
  return fmt::format("{}; none differs: with {:.0f} % confidence less than {} in a million.", read,
                     sample.confidence * 100, WithThousands(*sample.max_rate_ppm));
}

// No difference, and as bad as one after a failover.
std::string FutureNote(const TableResult& table) {
  const std::string name = table.table.ToString();
  if (table.future_unknown) {
    return Wrapped(fmt::format("{}: it is not known whether cells on the target are of the future: "
                               "{}",
                               name, *table.future_unknown)) +
           "\n";
  }
  if (!table.future || table.future->Sum() == 0) return "";
  std::string out = Wrapped(fmt::format("{}: {}.", name, FutureSentence(*table.future))) + "\n";
  const size_t shown = std::min(table.future->rows.size(), kFutureRowsShown);
  for (size_t i = 0; i < shown; ++i) {
    const FutureRow& row = table.future->rows[i];
    out += fmt::format("  future   {}  {}, {}{}\n", ToStringBinary(row.row), row.family,
                       ToRfc3339(TimeOfCell(row.timestamp_ms)),
                       row.is_marker ? ", delete marker" : "");
  }
  return out;
}

std::string Notes(const VerifyResult& result) {
  std::string out;
  if (result.keys_only) {
    out += "Only keys and timestamps were compared, no values (--depth keys).\n";
  }
  for (const TableResult& table : result.tables) {
    const std::string name = table.table.ToString();
    if (table.error) out += Wrapped(fmt::format("{}: not compared: {}", name, *table.error)) + "\n";
    if (!table.families_left_out.empty()) {
      out += Wrapped(fmt::format("{}: left out, because {}: {}", name, table.left_out_because,
                                 fmt::join(table.families_left_out, ", "))) +
             "\n";
    }
    if (table.descriptor_unknown) {
      out +=
          Wrapped(fmt::format("{}: compared are the families that were named; not known: whether "
                              "it has others, which of them are replicated, TTL and VERSIONS ({})",
                              name, *table.descriptor_unknown)) +
          "\n";
    }
    out += FutureNote(table);
    if (table.sample) out += Wrapped(SampleLine(name, *table.sample)) + "\n";
    for (const UnverifiedRange& range : table.unverified) {
      const std::string stop =
          range.range.stop.empty() ? "the end" : ToStringBinary(range.range.stop);
      const std::string start =
          range.range.start.empty() ? "the beginning" : ToStringBinary(range.range.start);
      if (IsOneRow(range.range)) {
        out += Wrapped(fmt::format("{}: row {} was not judged: {}", name, start, range.why)) + "\n";
        continue;
      }
      out +=
          Wrapped(fmt::format("{}: not compared from {} to {}: {}", name, start, stop, range.why)) +
          "\n";
    }
    if (table.waived > 0) {
      out += Wrapped(fmt::format("{}: {} and {} waived; see twinwatch drift show.", name,
                                 Plural(table.waived, "row differs", "rows differ"),
                                 table.waived == 1 ? "was" : "were")) +
             "\n";
    }
    if (table.unknown_rows > 0) {
      out += Wrapped(fmt::format("{}: {} could not be judged.", name,
                                 Plural(table.unknown_rows, "row", "rows"))) +
             "\n";
    }
  }
  return out;
}

// What was looked at, where that is not all.
std::string PartOf(const VerifyResult& result) {
  std::string part = result.scope == "range" ? " in the range asked for" : "";
  if (result.since || result.until) part += " with a cell written";
  if (result.since) part += " since " + ToRfc3339(*result.since);
  if (result.until) part += " until " + ToRfc3339(*result.until);
  return part;
}

// Beside the verdict, so that it is not taken for more than it is.
std::string_view Beside(const VerifyResult& result) {
  if (result.scope == "sample") return result.keys_only ? " (sampled, keys only)" : " (sampled)";
  return result.keys_only ? " (keys only)" : "";
}

std::string SampledLine(const VerifyResult& result, uint64_t rows, const std::string& as_of) {
  uint64_t worst = 0;
  for (const TableResult& table : result.tables) {
    if (table.sample) worst = std::max(worst, table.sample->max_rate_ppm.value_or(1'000'000));
  }
  return fmt::format(
      "SAME{}: 0 of {} of {} differ: with 95 % confidence less than {} in a million{}; as of {}",
      Beside(result), Plural(rows, "sampled row", "sampled rows"),
      Plural(result.tables.size(), "table", "tables"), WithThousands(worst),
      result.tables.size() > 1 ? " of any table" : "", as_of);
}

std::string VerdictLine(const VerifyResult& result, uint64_t drifted, uint64_t suspects,
                        bool all_was_compared) {
  const std::string as_of = ToClockUtc(result.ended) + " UTC";
  uint64_t rows = 0;
  for (const TableResult& table : result.tables) rows += table.rows_source;
  const std::string tables = Plural(result.tables.size(), "table", "tables");
  const std::string part = PartOf(result);
  const bool all = result.scope == "full" || result.scope == "range";
  switch (result.verdict()) {
    case Verdict::kSame:
      if (result.scope == "sample") return SampledLine(result, rows, as_of);
      return fmt::format("SAME{}: {} of {}{}, as of {}", Beside(result),
                         Plural(rows, "row", "rows"), tables, part, as_of);
    case Verdict::kDrift:
      return fmt::format("DRIFT{}: {} of {}{}; {} as of {}", Beside(result),
                         Plural(drifted, "row", "rows"), tables, all ? "" : part,
                         !all_was_compared || suspects > 0 ? "not everything could be judged,"
                         : all                             ? "everything else is the same"
                                                           : "the rest was not looked at;",
                         as_of);
    case Verdict::kUnknown:
      break;
  }
  if (suspects > 0) {
    return fmt::format(
        "UNKNOWN: {} differ, and no barrier proves that replication has passed; as of {}",
        Plural(suspects, "row", "rows"), as_of);
  }
  return fmt::format("UNKNOWN: not everything could be compared, as of {}", as_of);
}

// A plan is made of what the ledger holds, and takes nobody's word for it that both sides were at
// rest. Not wrapped: it is there to be typed.
std::string RepairHint(const VerifyResult& result, const VerifyTextOptions& options) {
  if (!options.resumable || result.confirm == "none") return "";
  std::vector<std::string> tables;
  for (const TableResult& table : result.tables)
    if (table.drift.Sum() > 0) tables.push_back(table.table.ToString());
  if (tables.empty()) return "";
  std::string file = tables.size() == 1 ? tables.front() : "repair";
  std::replace(file.begin(), file.end(), ':', '_');
  // Without -t all that differs is planned, that of other runs too.
  return fmt::format("Repair: twinwatch repair plan -t {} -o {}.plan{}\n",
                     fmt::join(tables, " -t "), file, options.hint);
}

}  // namespace

std::string VerifyText(const VerifyResult& result, const VerifyTextOptions& options) {
  uint64_t drifted = 0;
  uint64_t suspects = 0;
  uint64_t marks = 0;
  bool all_was_compared = true;
  size_t rows_left = options.max_rows_shown;
  std::string out = result.tables.empty() ? "" : SummaryTable(result) + "\n";
  for (const TableResult& table : result.tables) {
    drifted += table.drift.Sum();
    marks += table.drift.marks + table.suspects.marks;
    suspects += table.suspects.Sum();
    all_was_compared &= !table.error && table.unverified.empty() && table.unknown_rows == 0;
    for (const ClassText& text : kClasses) out += ClassParagraph(result, table, text, &rows_left);
  }
  if (drifted + suspects + marks > options.max_rows_shown - rows_left) {
    out += "Every row: --report FILE or --format jsonl.\n";
  }
  out += Notes(result);
  if (suspects > 0 && !result.why_no_barrier.empty()) {
    out += Wrapped("No barrier: " + result.why_no_barrier) + "\n";
  }
  if (suspects > 0) {
    out +=
        "Suspects become drift when a barrier proves it, or with --confirm none when both\n"
        "  sides are at rest.\n";
  }
  if (drifted > 0) out += Wrapped("Rows: twinwatch drift list" + options.hint) + "\n";
  out += RepairHint(result, options);
  if (options.resumable && !all_was_compared && result.scope != "sample") {
    out += Wrapped("The rest: twinwatch verify --resume " + result.run + options.hint) + "\n";
  }
  const Verdict verdict = result.verdict();
  const Colour colour = verdict == Verdict::kSame    ? Colour::kGreen
                        : verdict == Verdict::kDrift ? Colour::kRed
                                                     : Colour::kYellow;
  const std::string line = VerdictLine(result, drifted, suspects, all_was_compared);
  out += Coloured(Wrapped(line), colour, options.colour) + "\n";
  return out;
}

}  // namespace twinwatch
