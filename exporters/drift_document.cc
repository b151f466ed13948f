#include "exporters/drift_document.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/core/utc.h"
#include "exporters/drift_json.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using Json = nlohmann::ordered_json;

Json MarkJson(const std::optional<ledger::Mark>& mark) {
  if (!mark) return nullptr;
  return {{"at", ToRfc3339(mark->at)},
          {"run", mark->run},
          {"confirm", mark->confirm},
          {"families_left_out", mark->families_left_out},
          {"keys_only", mark->keys_only}};
}

Json SampleJson(const std::optional<ledger::SampleMark>& sample) {
  if (!sample) return nullptr;
  return {{"at", ToRfc3339(sample->at)},
          {"run", sample->run},
          {"rows", sample->rows},
          {"confidence", sample->confidence},
          {"max_rate_ppm", sample->max_rate_ppm}};
}

Json TableJson(const DriftView& view, const TableName& table) {
  const auto counts = view.counts.find(table);
  const auto marks = view.marks.find(table);
  const ledger::OpenCounts open =
      counts == view.counts.end() ? ledger::OpenCounts() : counts->second;
  const ledger::TableMarks of_table =
      marks == view.marks.end() ? ledger::TableMarks() : marks->second;
  return {{"table", table.ToString()},
          {"confirmed", CountsJson(open.confirmed)},
          {"suspected", CountsJson(open.suspected)},
          {"waived", open.waived},
          {"writes_verified_until", MarkJson(of_table.writes_verified_until)},
          {"full_pass", MarkJson(of_table.full_pass_at)},
          {"sample", SampleJson(of_table.sample)}};
}

Json PairJson(const ledger::Pair& pair) {
  return {{"source", pair.source_name},
          {"source_id", pair.source_id},
          {"target", pair.target_name},
          {"target_id", pair.target_id}};
}

Json KnownJson(const DriftView& view) {
  std::set<TableName> names;
  for (const auto& [table, counts] : view.counts) names.insert(table);
  for (const auto& [table, marks] : view.marks) names.insert(table);
  Json tables = Json::array();
  for (const TableName& table : names) tables.push_back(TableJson(view, table));
  return {{"pair", PairJson(view.pair)},
          {"last_run_ended", TimeOrNull(view.last_run_ended)},
          {"tables", std::move(tables)}};
}

Json RowJson(const ledger::DriftRecord& record) {
  Json json = Json::parse(DriftRowJson(record, nullptr));
  const bool has_times = record.differing.oldest_ms <= record.differing.newest_ms;
  json["resolved"] = TimeOrNull(record.resolved);
  json["run"] = record.run;
  json["confirmed_at"] = TimeOrNull(record.confirmed_at);
  json["waived_by"] = record.waiver ? Json(record.waiver->by) : Json(nullptr);
  json["waived_at"] = record.waiver ? Json(ToRfc3339(record.waiver->at)) : Json(nullptr);
  json["oldest_cell_ms"] = has_times ? Json(record.differing.oldest_ms) : Json(nullptr);
  json["newest_cell_ms"] = has_times ? Json(record.differing.newest_ms) : Json(nullptr);
  json["compared"] = {{"all_families", record.breadth.all_families},
                      {"values", record.breadth.values},
                      {"all_versions", record.breadth.all_versions},
                      {"markers", record.breadth.markers},
                      {"extra", record.breadth.extra}};
  return json;
}

}  // namespace

bool ComesBefore(const ledger::DriftRecord& one, const ledger::DriftRecord& other) {
  const int tables = one.table.ToString().compare(other.table.ToString());
  return tables < 0 || (tables == 0 && one.row < other.row);
}

std::string DriftPageDocument(const DriftPage& page) {
  std::string out = DriftListHead();
  const char* separator = "";
  for (const ledger::DriftRecord& row : page.rows) {
    out += separator + DriftRowJson(row, nullptr);
    separator = ",";
  }
  out += "],\"next\":" + Dumped(OrNull(page.next));
  return out + ",\"known\":" + Dumped(page.known ? KnownJson(*page.known) : Json(nullptr)) + "}";
}

std::string DriftRowDocument(const DriftRowView& row) {
  Json events = Json::array();
  for (const ledger::DriftEvent& event : row.history.events) {
    events.push_back({{"at", ToRfc3339(event.at)},
                      {"run", event.run},
                      {"state", ToString(event.state)},
                      {"note", event.note}});
  }
  return Dumped({{"schema_version", kSchemaVersion},
                 {"command", "drift show"},
                 {"pair", PairJson(row.pair)},
                 {"row", RowJson(row.history.record)},
                 {"events", std::move(events)}});
}

std::string DriftTableDocument(const DriftView& view, const TableName& table) {
  return Dumped({{"schema_version", kSchemaVersion},
                 {"command", "drift show"},
                 {"pair", PairJson(view.pair)},
                 {"last_run_ended", TimeOrNull(view.last_run_ended)},
                 {"table", TableJson(view, table)}});
}

std::string DriftWaivedDocument(const ledger::Pair& pair, const TableName& table, uint64_t rows,
                                const ledger::Waiver& waiver) {
  return Dumped({{"schema_version", kSchemaVersion},
                 {"command", "drift waive"},
                 {"pair", PairJson(pair)},
                 {"table", table.ToString()},
                 {"rows", rows},
                 {"reason", waiver.reason},
                 {"by", waiver.by},
                 {"at", ToRfc3339(waiver.at)}});
}

}  // namespace twinwatch
