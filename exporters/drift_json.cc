#include "exporters/drift_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/core/bytes.h"
#include "agent/core/utc.h"
#include "exporters/json_values.h"

namespace twinwatch {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string DriftListHead() { return R"({"schema_version":1,"command":"drift list","rows":[)"; }
std::string DriftListTail() { return "]}"; }

std::string DriftRowJson(const ledger::DriftRecord& record, const ledger::Pair* pair) {
  Json json = {{"table", record.table.ToString()},
               {"row", ToStringBinary(record.row)},
               {"row_base64", ToBase64(record.row)},
               {"class", ToString(record.drift_class)},
               {"state", ToString(record.state)},
               {"first_seen", ToRfc3339(record.first_seen)},
               {"last_seen", ToRfc3339(record.last_seen)},
               {"confirmed_by", OrNull(record.confirmed_by)},
               {"cause", OrNull(record.cause)},
               {"evidence", OrNull(record.evidence)},
               {"waived", nullptr}};
  if (record.waiver) json["waived"] = record.waiver->reason;
  if (pair != nullptr) {
    json["source"] = pair->source_name;
    json["target"] = pair->target_name;
  }
  return Dumped(json);
}

NagiosAnswer DriftNagios(const std::vector<DriftView>& views) {
  const DriftSums sums = SumOf(views);
  const std::string perfdata = fmt::format("drift_rows={};0;0 suspect_rows={} waived_rows={}",
                                           sums.confirmed, sums.suspected, sums.waived);
  if (sums.confirmed > 0) {
    std::string names;
    for (const TableName& table : sums.tables) {
      names += (names.empty() ? "" : ", ") + table.ToString();
    }
    return ToNagios(NagiosState::kCritical, "DRIFT",
                    fmt::format("{} rows of {}", sums.confirmed, names), perfdata);
  }
  if (sums.suspected > 0) {
    return ToNagios(NagiosState::kUnknown,
                    fmt::format("{} rows are suspected to differ, none confirmed", sums.suspected),
                    perfdata);
  }
  return ToNagios(NagiosState::kOk, "NO DRIFT", "none is known", perfdata);
}

}  // namespace twinwatch
