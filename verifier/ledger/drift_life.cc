#include "verifier/ledger/drift_life.h"

#include <fmt/format.h>

#include <algorithm>

namespace twinwatch::ledger {
namespace {

constexpr std::string_view kNoBarrier = "none";

std::string Described(const DriftFinding& finding) {
  if (!finding.confirmed_by) return fmt::format("{}, suspected", ToString(finding.drift_class));
  return fmt::format("{}, confirmed by {}", ToString(finding.drift_class), *finding.confirmed_by);
}

Breadth Union(const Breadth& a, const Breadth& b) {
  return {a.all_families || b.all_families, a.values || b.values, a.all_versions || b.all_versions,
          a.markers || b.markers, a.extra || b.extra};
}

// What a pass must look at to see this difference: markers only for one of markers.
Breadth Needed(const DriftFinding& finding, const Sighting& sighting) {
  Breadth needed = sighting.breadth;
  needed.markers = sighting.breadth.markers && finding.drift_class == DriftClass::kMarks;
  needed.extra = finding.drift_class == DriftClass::kExtra;
  return needed;
}

DriftRecord Fresh(const DriftFinding& finding, const Sighting& sighting) {
  DriftRecord record;
  record.table = finding.table;
  record.row = finding.row;
  record.first_seen = sighting.at;
  record.breadth = Needed(finding, sighting);
  return record;
}

void TakeOver(const DriftFinding& finding, const Sighting& sighting, DriftRecord* record) {
  if (record->drift_class != finding.drift_class) record->breadth = Needed(finding, sighting);
  record->drift_class = finding.drift_class;
  record->confirmed_by = finding.confirmed_by;
  record->confirmed_at = finding.confirmed_at;
}

// What every sighting says, whatever the row's state.
void Touch(const DriftFinding& finding, const Sighting& sighting, DriftRecord* record) {
  record->last_seen = std::max(sighting.at, record->last_seen);
  record->run = sighting.run;
  if (record->drift_class == finding.drift_class)
    record->breadth = Union(record->breadth, Needed(finding, sighting));
  if (finding.differing.oldest_ms <= finding.differing.newest_ms) {
    record->differing = finding.differing;
  }
  if (finding.cause) {
    record->cause = finding.cause;
    record->evidence = finding.evidence;
  }
}

}  // namespace

Seen AfterSighting(const std::optional<DriftRecord>& known, const DriftFinding& finding,
                   const Sighting& sighting) {
  const bool open = known && !known->resolved;
  Seen seen;
  seen.record = open ? *known : Fresh(finding, sighting);
  DriftRecord& record = seen.record;
  const DriftState state = finding.confirmed_by ? DriftState::kConfirmed : DriftState::kSuspected;
  const bool same_class = record.drift_class == finding.drift_class;
  if (!open) {
    record.state = state;
    record.last_seen = sighting.at;
    TakeOver(finding, sighting, &record);
    seen.event = (known ? "differs again: " : "first seen: ") + Described(finding);
  } else if (record.state == DriftState::kWaived && same_class) {
    if (finding.confirmed_by) TakeOver(finding, sighting, &record);
  } else if (record.state == DriftState::kWaived) {
    seen.event =
        fmt::format("waived as {}, now {}", ToString(record.drift_class), Described(finding));
    record.state = state;
    record.waiver.reset();
    TakeOver(finding, sighting, &record);
  } else if (state == DriftState::kSuspected) {
    if (record.state == DriftState::kSuspected) {
      if (!same_class) seen.event = Described(finding);
      TakeOver(finding, sighting, &record);
    }
  } else {
    const bool weaker = same_class && finding.confirmed_by == kNoBarrier && record.confirmed_by &&
                        record.confirmed_by != kNoBarrier;
    const bool still_planned = record.state == DriftState::kPlanned && same_class;
    if (record.state == DriftState::kRepaired) {
      seen.event = "differs after the repair: " + Described(finding);
    } else if (record.state == DriftState::kSuspected || !same_class) {
      seen.event = Described(finding);
    }
    if (!weaker) TakeOver(finding, sighting, &record);
    if (!still_planned) record.state = DriftState::kConfirmed;
  }
  Touch(finding, sighting, &record);
  return seen;
}

std::string RepairedNote(const std::string& plan) { return "repaired by " + plan; }
std::string UndoneNote(const std::string& plan) {
  return fmt::format("the repair by {} was undone: as before it, not compared since", plan);
}

std::optional<Seen> AfterUndo(const std::optional<DriftHistory>& known, const DriftFinding& finding,
                              const std::string& plan, absl::Time at) {
  const std::string note = UndoneNote(plan);
  if (!known) {
    Seen seen = AfterSighting(std::nullopt, finding, {"", at, Breadth()});
    seen.event = note;
    return seen;
  }
  if (known->record.state == DriftState::kWaived) return std::nullopt;
  for (auto event = known->events.rbegin(); event != known->events.rend(); ++event) {
    if (event->note == note) return std::nullopt;
    if (event->state != DriftState::kRepaired) continue;
    if (event->note != RepairedNote(plan)) return std::nullopt;
    break;
  }
  Seen seen{known->record, note};
  seen.record.state = seen.record.confirmed_by ? DriftState::kConfirmed : DriftState::kSuspected;
  seen.record.resolved.reset();
  // A pass that looked before the undo must not close it.
  seen.record.last_seen = std::max(at, seen.record.last_seen);
  seen.record.run.clear();
  return seen;
}

bool Refutes(const Breadth& pass, const Breadth& found) {
  return pass.all_families && (pass.values || !found.values) &&
         (pass.all_versions || !found.all_versions) && (pass.markers || !found.markers) &&
         (pass.extra || !found.extra);
}

}  // namespace twinwatch::ledger
