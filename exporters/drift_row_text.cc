// One row of `drift show`.
#include <fmt/format.h>

#include "agent/core/bytes.h"
#include "agent/core/utc.h"
#include "exporters/drift_lines.h"
#include "exporters/drift_text.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

using ledger::DriftRecord;
using ledger::DriftState;

std::string ClassText(DriftClass drift_class) {
  switch (drift_class) {
    case DriftClass::kMissing:
      return "missing: only on the source";
    case DriftClass::kExtra:
      return "extra: only on the target";
    case DriftClass::kValue:
      return "value: the same cells, another value";
    case DriftClass::kCells:
      return "cells: the sets of cells differ";
    case DriftClass::kMarks:
      break;
  }
  return "marks: only delete markers differ";
}

// What the passes that saw the row did not look at.
std::string NotLookedAt(const ledger::Breadth& breadth) {
  std::vector<std::string> parts;
  if (!breadth.all_families) parts.emplace_back("some families");
  if (!breadth.values) parts.emplace_back("values");
  if (!breadth.all_versions) parts.emplace_back("older versions");
  if (!breadth.markers) parts.emplace_back("delete markers");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string History(const std::vector<ledger::DriftEvent>& events) {
  if (events.empty()) return "";
  TextTable table;
  for (const char* title : {"TIME", "STATE", "WHAT"}) {
    table.AddColumn(title, TextTable::Align::kLeft);
  }
  for (const ledger::DriftEvent& event : events) {
    table.AddRow(
        {ToRfc3339(event.at), std::string(ToString(event.state)),
         event.run.empty() ? event.note : fmt::format("{} (run {})", event.note, event.run)});
  }
  return "\n" + table.ToString();
}

std::string RowFacts(const DriftRecord& record) {
  std::vector<std::string> lines = {ClassText(record.drift_class)};
  if (record.run.empty()) {
    lines.push_back("first seen " + ToRfc3339(record.first_seen));
    lines.push_back(fmt::format("its repair was undone {}; it was not compared since",
                                ToRfc3339(record.last_seen)));
  } else {
    lines.push_back(fmt::format("first seen {}, last seen {} by run {}",
                                ToRfc3339(record.first_seen), ToRfc3339(record.last_seen),
                                record.run));
  }
  if (record.differing.oldest_ms <= record.differing.newest_ms) {
    const auto at = [](uint64_t ms) {
      return ToRfc3339(absl::FromUnixMillis(static_cast<int64_t>(ms)));
    };
    const std::string oldest = at(record.differing.oldest_ms);
    const std::string newest = at(record.differing.newest_ms);
    lines.push_back(fmt::format("the cells that differ were written {}{} (their timestamps)",
                                oldest, oldest == newest ? "" : " to " + newest));
  }
  if (!record.confirmed_by) {
    lines.emplace_back("confirmed by nothing: replication may not have passed it yet");
  } else if (*record.confirmed_by == "none") {
    lines.emplace_back("confirmed by the user's word that both sides were at rest");
  } else {
    lines.push_back(fmt::format(
        "confirmed by {}{}", *record.confirmed_by,
        record.confirmed_at
            ? fmt::format(": replication had passed it at {}", ToRfc3339(*record.confirmed_at))
            : ""));
  }
  if (const std::string left_out = NotLookedAt(record.breadth); !left_out.empty()) {
    lines.push_back("not compared: " + left_out);
  }
  lines.push_back("likely cause: " + record.cause.value_or("not known"));
  if (record.evidence) lines.push_back("evidence: " + *record.evidence);
  if (record.waiver) {
    lines.push_back(fmt::format("waived {} by {}: {}", ToRfc3339(record.waiver->at),
                                record.waiver->by, record.waiver->reason));
  }
  std::string out;
  for (const std::string& line : lines) out += IndentedLine(line);
  return out;
}

}  // namespace

std::string DriftRowText(const ledger::Pair& pair, const ledger::DriftHistory& history,
                         const DriftTextOptions& options) {
  const DriftRecord& record = history.record;
  std::string out =
      Wrapped(fmt::format("Pair {} to {}", pair.source_name, pair.target_name)) + "\n";
  out += fmt::format("{}, row {} (base64 {})\n", record.table.ToString(),
                     ToStringBinary(record.row), ToBase64(record.row));
  out += RowFacts(record) + "  All this is remembered, and not seen now.\n";
  out += History(history.events) + "\n";
  if (record.resolved) {
    return out +
           Coloured(fmt::format("SAME: found to be the same at {}\n", ToRfc3339(*record.resolved)),
                    Colour::kGreen, options.colour);
  }
  const std::string line = fmt::format("{}: {} since {}\n",
                                       record.state == DriftState::kWaived      ? "WAIVED"
                                       : record.state == DriftState::kSuspected ? "UNKNOWN"
                                                                                : "DRIFT",
                                       ToString(record.state), ToRfc3339(record.first_seen));
  const Colour colour = record.state == DriftState::kWaived      ? Colour::kGreen
                        : record.state == DriftState::kSuspected ? Colour::kYellow
                                                                 : Colour::kRed;
  return out + Coloured(line, colour, options.colour);
}

}  // namespace twinwatch
