#include <string_view>
#include <utility>

#include "agent/app/config_sections.h"
#include "agent/app/daily_window.h"
#include "agent/core/table_name.h"

namespace twinwatch::app {
namespace {

Status ReadTableName(const ConfigValue& value, std::string* into) {
  RETURN_IF_ERROR(ReadText(value, into));
  const StatusOr<TableName> table = TableName::Parse(*into);
  return table.ok() ? absl::OkStatus() : value.BadText(Text(table.status()));
}

Status ReadWindow(const ConfigValue& value, std::string* into) {
  RETURN_IF_ERROR(ReadText(value, into));
  if (ParseDailyWindow(*into)) return absl::OkStatus();
  return value.Bad("\"{}\" is no window of a day: write HH:MM-HH:MM, such as 22:00-06:00", *into);
}

Status ReadMode(const ConfigValue& value, RepairMode* into) {
  constexpr std::pair<std::string_view, RepairMode> kModes[] = {
      {"plan", RepairMode::kPlan}, {"approve", RepairMode::kApprove}, {"auto", RepairMode::kAuto}};
  ASSIGN_OR_RETURN(const std::string text, value.Scalar());
  for (const auto& [name, mode] : kModes) {
    if (text != name) continue;
    *into = mode;
    return absl::OkStatus();
  }
  return value.Bad("\"{}\" is none of plan, approve, auto", text);
}

constexpr ConfigKey<HeartbeatConfig> kHeartbeatKeys[] = {
    {"interval", Into<&HeartbeatConfig::interval, ReadPositiveDuration>},
    {"table", Into<&HeartbeatConfig::table, ReadTableName>},
};

constexpr ConfigKey<VerifyConfig> kTablesKeys[] = {
    {"include", Into<&VerifyConfig::tables_include, ReadRegexes>},
    {"exclude", Into<&VerifyConfig::tables_exclude, ReadRegexes>},
};

constexpr ConfigKey<VerifyConfig> kVerifyKeys[] = {
    {"freshness", Into<&VerifyConfig::freshness, ReadPositiveDuration>},
    {"incremental", Into<&VerifyConfig::incremental, ReadPositiveDuration>},
    {"rate", Into<&VerifyConfig::rate_bytes_per_second, ReadRate>},
    {"window", Into<&VerifyConfig::window, ReadWindow>},
    {"max_lag", Into<&VerifyConfig::max_lag, ReadDuration>},
    {"tables", ReadKeys<VerifyConfig, kTablesKeys>},
};

constexpr ConfigKey<RepairLimits> kLimitsKeys[] = {
    {"rows", Into<&RepairLimits::rows, ReadCount>},
    {"bytes", Into<&RepairLimits::bytes, ReadBytes>},
    {"window", Into<&RepairLimits::window, ReadWindow>},
};

constexpr ConfigKey<RepairConfig> kRepairKeys[] = {
    {"mode", Into<&RepairConfig::mode, ReadMode>},
    {"limits", Into<&RepairConfig::limits, ReadKeys<RepairLimits, kLimitsKeys>>},
    {"hbase_command", Into<&RepairConfig::hbase_command, ReadText>},
};

constexpr ConfigKey<FailoverConfig> kFailoverKeys[] = {
    {"max_lag", Into<&FailoverConfig::max_lag, ReadDuration>},
    {"max_loss", Into<&FailoverConfig::max_loss, ReadDuration>},
    {"min_coverage", Into<&FailoverConfig::min_coverage, ReadFraction>},
};

constexpr ConfigKey<LinkConfig> kLinkKeys[] = {
    {"name", Into<&LinkConfig::name, ReadText>},
    {"source", Into<&LinkConfig::source, ReadText>},
    {"target", Into<&LinkConfig::target, ReadText>},
    {"peer", Into<&LinkConfig::peer, ReadText>},
    {"heartbeat", Into<&LinkConfig::heartbeat, ReadKeys<HeartbeatConfig, kHeartbeatKeys>>},
    {"verify", Into<&LinkConfig::verify, ReadKeys<VerifyConfig, kVerifyKeys>>},
    {"repair", Into<&LinkConfig::repair, ReadKeys<RepairConfig, kRepairKeys>>},
    {"failover", Into<&LinkConfig::failover, ReadKeys<FailoverConfig, kFailoverKeys>>},
};

}  // namespace

Status ReadLink(const ConfigValue& value, LinkConfig* into) {
  RETURN_IF_ERROR((ReadKeys<LinkConfig, kLinkKeys>(value, into)));
  if (into->name.empty()) return value.Bad("needs a key `name`");
  if (into->source.empty()) return value.Bad("needs a key `source`, a name under `clusters`");
  return absl::OkStatus();
}

}  // namespace twinwatch::app
