#include "exporters/repair_plan_json.h"

#include <openssl/evp.h>

#include <array>
#include <limits>
#include <utility>

#include "agent/core/bytes.h"
#include "exporters/json_rows.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using Json = nlohmann::ordered_json;
using json_fields::Base64At;
using json_fields::ClassAt;
using json_fields::Count;
using json_fields::Refuse;
using json_fields::TableAt;
using json_fields::TimeAt;

std::string DigestOf(const Json& document) {
  const std::string text = Dumped(document);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex = "sha256:";
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

// To a person; the exact number is beside it.
std::string TimeText(uint64_t ms) {
  const uint64_t most = std::numeric_limits<int64_t>::max();
  return ToRfc3339(absl::FromUnixMillis(static_cast<int64_t>(std::min(ms, most))));
}

Json RowJson(const PlannedRow& row) {
  Json puts = Json::array();
  for (const uint64_t put : row.target_puts) puts.push_back(put);
  return {{"row", ToStringBinary(row.row)},
          {"row_base64", ToBase64(row.row)},
          {"class", ToString(row.drift_class)},
          {"confirmed_by", row.confirmed_by.empty() ? Json(nullptr) : Json(row.confirmed_by)},
          {"all_versions", row.all_versions},
          {"writes", row.writes},
          {"bytes", row.bytes},
          {"journal_bytes", row.journal_bytes},
          {"deletes", row.deletes},
          {"compaction", row.compaction},
          {"source_seen", row.source_seen},
          {"target_seen", row.target_seen},
          {"target_puts", std::move(puts)}};
}

PlannedRow RowOf(const Json& json) {
  PlannedRow row;
  row.row = Base64At(json, "row_base64");
  row.drift_class = ClassAt(json);
  row.confirmed_by =
      json_fields::Optional<std::string>(json, "confirmed_by").value_or(std::string());
  row.all_versions = json.at("all_versions").get<bool>();
  row.writes = Count(json, "writes");
  row.bytes = Count(json, "bytes");
  row.journal_bytes = Count(json, "journal_bytes");
  row.deletes = json.at("deletes").get<bool>();
  row.compaction = json.at("compaction").get<bool>();
  row.source_seen = json.at("source_seen").get<std::string>();
  row.target_seen = json.at("target_seen").get<std::string>();
  for (const Json& put : json.at("target_puts"))
    row.target_puts.push_back(json_fields::CountOf(put));
  return row;
}

Json RangeJson(const PlannedRange& range) {
  Json drifted = Json::array();
  for (const PlannedRow& row : range.drifted) drifted.push_back(RowJson(row));
  return {{"table", range.table.ToString()},
          {"start", ToStringBinary(range.range.start)},
          {"stop", ToStringBinary(range.range.stop)},
          {"start_base64", ToBase64(range.range.start)},
          {"stop_base64", ToBase64(range.range.stop)},
          {"since", TimeText(range.since_ms)},
          {"until", TimeText(range.until_ms)},
          {"since_ms", range.since_ms},
          {"until_ms", range.until_ms},
          {"families", range.families},
          {"versions", range.versions},
          {"engine", ToString(range.engine)},
          {"why", range.why},
          {"rows", range.rows},
          {"bytes", range.bytes},
          {"journal_bytes", range.journal_bytes},
          {"drifted", std::move(drifted)}};
}

PlannedRange RangeOf(const Json& json) {
  PlannedRange range;
  range.table = TableAt(json);
  range.range = {Base64At(json, "start_base64"), Base64At(json, "stop_base64")};
  range.since_ms = Count(json, "since_ms");
  range.until_ms = Count(json, "until_ms");
  range.families = json.at("families").get<std::vector<std::string>>();
  range.versions = static_cast<uint32_t>(std::min<uint64_t>(Count(json, "versions"), INT32_MAX));
  const auto engine = json.at("engine").get<std::string>();
  if (engine != ToString(RepairEngine::kDirect) && engine != ToString(RepairEngine::kCopyTable))
    Refuse("a range has no engine");
  range.engine =
      engine == ToString(RepairEngine::kDirect) ? RepairEngine::kDirect : RepairEngine::kCopyTable;
  range.why = json.at("why").get<std::string>();
  range.rows = Count(json, "rows");
  range.bytes = Count(json, "bytes");
  range.journal_bytes = Count(json, "journal_bytes");
  for (const Json& row : json.at("drifted")) range.drifted.push_back(RowOf(row));
  return range;
}

Json TableJson(const PlannedTable& table) {
  return {{"table", table.table.ToString()},
          {"families", table.families},
          {"source", table.source},
          {"target", table.target}};
}

Json RefusedJson(const RefusedRow& row) {
  return {{"table", row.table.ToString()},
          {"row", ToStringBinary(row.row)},
          {"row_base64", ToBase64(row.row)},
          {"why", row.why}};
}

Json PlanJson(const RepairPlan& plan) {
  Json tables = Json::array();
  for (const PlannedTable& table : plan.tables) tables.push_back(TableJson(table));
  Json ranges = Json::array();
  for (const PlannedRange& range : plan.ranges) ranges.push_back(RangeJson(range));
  Json refused = Json::array();
  for (const RefusedRow& row : plan.refused) refused.push_back(RefusedJson(row));
  return {{"schema_version", kSchemaVersion},
          {"command", "repair plan"},
          {"made", ToRfc3339(plan.made)},
          {"made_ms", static_cast<uint64_t>(absl::ToUnixMillis(plan.made))},
          {"source", plan.pair.source},
          {"target", plan.pair.target},
          {"source_id", plan.pair.source_id},
          {"target_id", plan.pair.target_id},
          {"peer", plan.pair.peer},
          {"peer_config", plan.pair.peer_config},
          {"opened_by", plan.pair.opened_by},
          {"options",
           {{"allow_deletes", plan.options.allow_deletes},
            {"allow_compaction", plan.options.allow_compaction},
            {"allow_reverse", plan.options.allow_reverse},
            {"accept_recheck", plan.options.accept_recheck}}},
          {"same_now", plan.same_now},
          {"ranges", std::move(ranges)},
          {"refused", std::move(refused)},
          {"tables", std::move(tables)}};
}

RepairPlan PlanOf(const Json& json) {
  RepairPlan plan;
  const uint64_t made_ms = Count(json, "made_ms");
  if (made_ms > uint64_t{1} << 53) Refuse("made_ms is no time");
  plan.made = absl::FromUnixMillis(static_cast<int64_t>(made_ms));
  plan.pair.source = json.at("source").get<std::string>();
  plan.pair.target = json.at("target").get<std::string>();
  plan.pair.source_id = json.at("source_id").get<std::string>();
  plan.pair.target_id = json.at("target_id").get<std::string>();
  plan.pair.peer = json.at("peer").get<std::string>();
  plan.pair.peer_config = json.at("peer_config").get<std::string>();
  plan.pair.opened_by = json.at("opened_by").get<std::map<std::string, std::string>>();
  const Json& options = json.at("options");
  plan.options.allow_deletes = options.at("allow_deletes").get<bool>();
  plan.options.allow_compaction = options.at("allow_compaction").get<bool>();
  plan.options.allow_reverse = options.at("allow_reverse").get<bool>();
  plan.options.accept_recheck = options.at("accept_recheck").get<bool>();
  plan.same_now = Count(json, "same_now");
  for (const Json& range : json.at("ranges")) plan.ranges.push_back(RangeOf(range));
  for (const Json& row : json.at("refused")) {
    plan.refused.push_back(
        {TableAt(row), Base64At(row, "row_base64"), row.at("why").get<std::string>()});
  }
  for (const Json& json_table : json.at("tables")) {
    PlannedTable& table = plan.tables.emplace_back();
    table.table = TableAt(json_table);
    table.families = json_table.at("families").get<std::vector<std::string>>();
    table.source = json_table.at("source").get<FamilyAttributes>();
    table.target = json_table.at("target").get<FamilyAttributes>();
  }
  for (const PlannedRange& range : plan.ranges) {
    const bool described =
        std::any_of(plan.tables.begin(), plan.tables.end(),
                    [&range](const PlannedTable& table) { return table.table == range.table; });
    if (!described) Refuse(fmt::format("it does not describe table {}", range.table.ToString()));
  }
  return plan;
}

}  // namespace

PlanDocument ToDocument(const RepairPlan& plan) {
  Json json = PlanJson(plan);
  PlanDocument document;
  document.digest = DigestOf(json);
  // Behind what says what it is, where a reader looks for it.
  Json whole = {{"schema_version", json["schema_version"]},
                {"command", json["command"]},
                {"plan", document.digest}};
  json.erase("schema_version");
  json.erase("command");
  for (auto& [key, value] : json.items()) whole[key] = std::move(value);
  document.text = Dumped(whole);
  return document;
}

StatusOr<ParsedPlan> ParsePlan(std::string_view text) {
  try {
    Json json = Json::parse(text);
    if (json.at("command") != "repair plan") Refuse("it is the document of another command");
    if (Count(json, "schema_version") != kSchemaVersion) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "its schema version is {}, and this twinwatch knows version {}",
                   Count(json, "schema_version"), kSchemaVersion);
    }
    ParsedPlan parsed;
    parsed.digest = json.at("plan").get<std::string>();
    json.erase("plan");
    if (DigestOf(json) != parsed.digest) {
      return absl::FailedPreconditionError(
          "it was edited: its digest does not fit. Make a new plan");
    }
    parsed.plan = PlanOf(json);
    return parsed;
  } catch (const nlohmann::json::exception& e) {
    return Error(absl::StatusCode::kInvalidArgument, "it is no repair plan: {}", e.what());
  }
}

}  // namespace twinwatch
