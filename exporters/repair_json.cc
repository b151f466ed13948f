#include "exporters/repair_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/core/bytes.h"
#include "agent/core/cell_type_name.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using Json = nlohmann::ordered_json;

Json WriteJson(const ListedWrite& listed) {
  const Cell& cell = listed.write.cell;
  return {
      {"table", listed.table.ToString()},
      {"row", ToStringBinary(cell.row)},
      {"row_base64", ToBase64(cell.row)},
      {"type", ToString(cell.type)},
      {"family", ToStringBinary(cell.family)},
      {"qualifier", ToStringBinary(cell.qualifier)},
      {"qualifier_base64", ToBase64(cell.qualifier)},
      {"timestamp", cell.timestamp_ms},
      {"value_base64", cell.type == CellType::kPut ? Json(ToBase64(cell.value)) : Json(nullptr)},
      {"ttl_ms", OrNull(listed.write.ttl_ms)}};
}

Json WritesJson(const std::vector<ListedWrite>& listed) {
  Json json = Json::array();
  for (const ListedWrite& write : listed) json.push_back(WriteJson(write));
  return json;
}

Json NotesJson(const std::vector<RowNote>& notes) {
  Json json = Json::array();
  for (const RowNote& note : notes) {
    json.push_back({{"table", note.table.ToString()},
                    {"row", ToStringBinary(note.row)},
                    {"row_base64", ToBase64(note.row)},
                    {"why", note.why}});
  }
  return json;
}

Json CopiedJson(const std::vector<PlannedRange>& ranges) {
  Json json = Json::array();
  for (const PlannedRange& range : ranges) {
    json.push_back({{"table", range.table.ToString()},
                    {"start", ToStringBinary(range.range.start)},
                    {"stop", ToStringBinary(range.range.stop)},
                    {"since_ms", range.since_ms},
                    {"until_ms", range.until_ms},
                    {"families", range.families},
                    {"rows", range.rows},
                    {"bytes", range.bytes}});
  }
  return json;
}

}  // namespace

std::string RepairOutcomeDocument(const RepairOutcome& outcome) {
  Json json = {{"schema_version", kSchemaVersion},
               {"command", outcome.undo ? "repair undo" : "repair apply"},
               {"dry_run", outcome.dry_run},
               {"plan", outcome.plan},
               {"journal", outcome.journal.empty() ? Json(nullptr) : Json(outcome.journal)},
               {"writes_count", outcome.writes},
               {"bytes", outcome.bytes},
               {"writes", outcome.dry_run ? WritesJson(outcome.listed) : Json::array()},
               {"copies", CopiedJson(outcome.copied)},
               {"compactions", NotesJson(outcome.compactions)},
               {"snapshots", outcome.snapshots},
               {"notes", outcome.notes},
               {"rows_written", outcome.rows_written},
               {"rows_left", outcome.rows_left},
               {"left", NotesJson(outcome.left)}};
  if (outcome.undo) {
    json["markers"] = outcome.markers;
    json["markers_left"] = WritesJson(outcome.markers_left);
    return Dumped(json);
  }
  json["after"] = {
      {"same", outcome.rows_same},
      {"differ", outcome.rows_differ},
      {"unknown", outcome.rows_unknown},
      {"confirm", outcome.confirm.empty() ? Json(nullptr) : Json(outcome.confirm)},
      {"differing", NotesJson(outcome.differ)},
      {"why_unknown", outcome.why_unknown.empty() ? Json(nullptr) : Json(outcome.why_unknown)}};
  return Dumped(json);
}

}  // namespace twinwatch
