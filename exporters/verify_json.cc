#include "exporters/verify_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/core/bytes.h"
#include "agent/core/utc.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using Json = nlohmann::ordered_json;

Json FutureJson(const FutureCells& found) {
  Json rows = Json::array();
  for (const FutureRow& row : found.rows) {
    rows.push_back({{"row", ToStringBinary(row.row)},
                    {"row_base64", ToBase64(row.row)},
                    {"family", row.family},
                    {"timestamp_ms", row.timestamp_ms},
                    {"delete_marker", row.is_marker}});
  }
  Json json = {{"cells", found.cells},
               {"delete_markers", found.markers},
               {"at_least", found.at_least},
               {"furthest", nullptr},
               {"rows", std::move(rows)}};
  if (found.Sum() > 0) json["furthest"] = ToRfc3339(found.FurthestAt());
  return json;
}

Json TableJson(const TableResult& table) {
  Json ranges = Json::array();
  for (const UnverifiedRange& range : table.unverified) {
    ranges.push_back({{"start", ToStringBinary(range.range.start)},
                      {"stop", ToStringBinary(range.range.stop)},
                      {"start_base64", ToBase64(range.range.start)},
                      {"stop_base64", ToBase64(range.range.stop)},
                      {"why", range.why}});
  }
  Json json = {{"table", table.table.ToString()},
               {"verdict", ToString(table.verdict())},
               {"rows_source", table.rows_source},
               {"rows_target", table.rows_target},
               {"cells_source", table.cells_source},
               {"bytes_read", table.bytes_read},
               {"drift", CountsJson(table.drift)},
               {"suspects", CountsJson(table.suspects)},
               {"in_flight", table.in_flight},
               {"unknown_rows", table.unknown_rows},
               {"waived", table.waived},
               {"unverified_ranges", std::move(ranges)},
               {"families_left_out", table.families_left_out},
               {"sample", nullptr},
               {"error", nullptr}};
  // Only where it is so: a cluster that shows its tables' descriptors has no such line.
  if (table.descriptor_unknown) json["descriptor_unknown"] = *table.descriptor_unknown;
  if (table.sample) {
    json["sample"] = {{"rows", table.sample->rows},
                      {"confidence", table.sample->confidence},
                      {"max_rate_ppm", nullptr}};
    if (table.sample->max_rate_ppm) json["sample"]["max_rate_ppm"] = *table.sample->max_rate_ppm;
  }
  if (table.error) json["error"] = *table.error;
  json["future"] = table.future ? FutureJson(*table.future) : Json(nullptr);
  return json;
}

Json FindingJson(const Finding& finding) {
  Json json = {{"table", finding.table.ToString()},
               {"row", ToStringBinary(finding.row)},
               {"row_base64", ToBase64(finding.row)},
               {"class", ToString(finding.drift_class)},
               {"confirmed_by", nullptr},
               {"first_seen", ToRfc3339(finding.first_seen)},
               {"cause", nullptr}};
  if (finding.waived) json["waived"] = true;
  if (finding.cause) json["cause"] = *finding.cause;
  if (finding.confirmed_by) json["confirmed_by"] = *finding.confirmed_by;
  return json;
}

// The document without its rows.
Json ResultJson(const VerifyResult& result) {
  Json tables = Json::array();
  for (const TableResult& table : result.tables) tables.push_back(TableJson(table));
  const double seconds = absl::ToDoubleSeconds(result.took);
  return {{"schema_version", kSchemaVersion},
          {"command", "verify"},
          {"run", result.run},
          {"verdict", ToString(result.verdict())},
          {"scope", result.scope},
          {"confirm", result.confirm},
          {"started", ToRfc3339(result.started)},
          {"seconds", static_cast<double>(static_cast<int64_t>(seconds * 10 + 0.5)) / 10},
          {"tables", std::move(tables)}};
}

}  // namespace

std::string VerifyDocument(const VerifyResult& result) {
  Json json = ResultJson(result);
  Json drifted = Json::array();
  for (const Finding& finding : result.findings) drifted.push_back(FindingJson(finding));
  json["drifted"] = std::move(drifted);
  return Dumped(json);
}

std::string ReportHeaderLine(const ReportHeader& header) {
  Json tables = Json::array();
  for (const TableName& table : header.tables) tables.push_back(table.ToString());
  Json json = {
      {"type", "header"},
      {"schema_version", kSchemaVersion},
      {"run", header.run},
      {"started", ToRfc3339(header.started)},
      {"source", {{"cluster", header.source}, {"hbase_version", header.source_version}}},
      {"target", {{"cluster", header.target}, {"hbase_version", header.target_version}}},
      {"peer", nullptr},
      {"options",
       {{"scope", header.scope}, {"confirm", header.confirm}, {"tables", std::move(tables)}}}};
  for (const auto& [name, value] : header.more_options) json["options"][name] = value;
  if (!header.peer.empty()) json["peer"] = header.peer;
  return Dumped(json);
}

std::string ReportRowLine(const Finding& finding) {
  Json json = {{"type", "row"}};
  json.update(FindingJson(finding));
  return Dumped(json);
}

std::string ReportSummaryLine(const VerifyResult& result) {
  Json json = {{"type", "summary"}};
  json.update(ResultJson(result));
  return Dumped(json);
}

NagiosAnswer VerifyNagios(const VerifyResult& result) {
  DriftCounts drift, suspects;
  uint64_t rows = 0;
  std::string names;
  for (const TableResult& table : result.tables) {
    for (const auto& [sum, counts] :
         {std::pair{&drift, &table.drift}, {&suspects, &table.suspects}}) {
      sum->missing += counts->missing;
      sum->extra += counts->extra;
      sum->value += counts->value;
      sum->cells += counts->cells;
    }
    rows += table.rows_source;
    if (table.verdict() == Verdict::kSame) continue;
    names += (names.empty() ? "" : ", ") + table.table.ToString();
  }
  const std::string perfdata =
      fmt::format("drift_rows={};0;0 suspect_rows={} rows={}", drift.Sum(), suspects.Sum(), rows);
  switch (result.verdict()) {
    case Verdict::kSame:
      return ToNagios(NagiosState::kOk, "SAME", fmt::format("{} tables", result.tables.size()),
                      perfdata);
    case Verdict::kDrift:
      return ToNagios(NagiosState::kCritical, "DRIFT",
                      fmt::format("{} rows of {}", drift.Sum(), names), perfdata);
    case Verdict::kUnknown:
      break;
  }
  return ToNagios(NagiosState::kUnknown,
                  fmt::format("could not tell for {}", names.empty() ? "any table" : names),
                  perfdata);
}

}  // namespace twinwatch
